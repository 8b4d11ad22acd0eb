import type { AlertmanagerOverview } from '@vedette/wire/http';
import { VedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type Discovery, Relabeler } from '../../metrics/receive/index.ts';
import type { HttpSender } from '../notify/receiver-kind.ts';
import type { IncomingAlert } from '../room.ts';
import { AlertmanagerSender, type AlertmanagerSenderDeps } from './alertmanager-sender.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';
import { externalTargets } from './external-targets.ts';
import type { PostJson } from './post-json.ts';

/** Alertmanagers of one entry; a discovery that finds more found something else. */
export const ALERTMANAGERS_MAX = 100;

export interface ExternalGroupParts {
  readonly http: HttpSender;
  readonly post: PostJson;
  readonly discoveries: readonly Discovery[];
  readonly logger: Logger;
}

/** The Alertmanagers that one entry of `alerting.alertmanagers` names or finds: each has a queue of its own, for as long as it is found. */
export class ExternalGroup {
  readonly #config: ExternalAlertmanagerConfig;
  readonly #parts: ExternalGroupParts;
  readonly #relabeler: Relabeler;
  #deps: AlertmanagerSenderDeps | undefined;
  #senders = new Map<string, AlertmanagerSender>();
  /** Senders of Alertmanagers that are gone, until they ended. */
  readonly #ending = new Set<Promise<void>>();
  #isFullLogged = false;

  constructor(config: ExternalAlertmanagerConfig, parts: ExternalGroupParts) {
    this.#config = config;
    this.#parts = parts;
    this.#relabeler = new Relabeler(config.alert_relabel_configs);
  }

  /** Begins to look for them. Resolves once those that are known here, in this file or beside it, take alerts. */
  async start(deps: AlertmanagerSenderDeps): Promise<void> {
    this.#deps = deps;
    await Promise.all(this.#parts.discoveries.map((discovery) => discovery.start(() => this.#refresh())));
    this.#refresh();
  }

  /** Never waits. */
  enqueue(alerts: readonly IncomingAlert[]): void {
    for (const sender of this.#senders.values()) sender.enqueue(alerts);
  }

  /** Where alerts are posted now. */
  get urls(): readonly string[] {
    return [...this.#senders.keys()];
  }

  status(): readonly AlertmanagerOverview[] {
    return [...this.#senders.values()].map((sender) => sender.status());
  }

  /** Sends what waits, until the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#deps = undefined;
    const senders = [...this.#senders.values()];
    await Promise.all([...senders.map((sender) => sender.stop(signal)), ...this.#ending]);
  }

  /** Gives back connections and discoveries; once. */
  async close(): Promise<void> {
    await Promise.all(this.#parts.discoveries.map((discovery) => discovery.stop()));
    await this.#parts.http.close();
  }

  #refresh(): void {
    const deps = this.#deps;
    if (!deps) return;
    const { discoveries, post } = this.#parts;
    const found = externalTargets(
      this.#config,
      discoveries.flatMap((discovery) => discovery.targets()),
    );
    this.#tellFull(found.length);
    const senders = new Map<string, AlertmanagerSender>();
    for (const { address, url } of found.slice(0, ALERTMANAGERS_MAX)) {
      let sender = this.#senders.get(url);
      if (!sender) {
        const to = { address, url, timeoutMs: this.#config.timeout, relabeler: this.#relabeler, post };
        sender = new AlertmanagerSender(to, deps);
        sender.start();
      }
      senders.set(url, sender);
    }
    for (const [url, sender] of this.#senders) if (!senders.has(url)) this.#end(sender);
    this.#senders = senders;
  }

  /** What waits for an Alertmanager that is gone goes with it, as in Prometheus: rules repeat to the others what still fires. */
  #end(sender: AlertmanagerSender): void {
    const end = sender.stop(AbortSignal.abort(new VedetteError('NOTIFY_FAILED', 'this Alertmanager is gone')));
    this.#ending.add(end);
    void end.finally(() => this.#ending.delete(end));
  }

  #tellFull(count: number): void {
    const isFull = count > ALERTMANAGERS_MAX;
    if (isFull && !this.#isFullLogged)
      this.#parts.logger.error(
        { found: count, limit: ALERTMANAGERS_MAX },
        'discovery finds too many Alertmanagers: those beyond the limit get no alerts; narrow it down by relabel_configs',
      );
    this.#isFullLogged = isFull;
  }
}
