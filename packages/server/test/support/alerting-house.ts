import type { AlertingOverview, AlertingRoutes } from '@vedette/wire/http';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import {
  type AlertingDeps,
  type AlertingRoom,
  type IncomingAlert,
  type PostRequest,
  RECEIVER_KINDS,
  alertingConfigSchema,
  openAlerting,
  parseAlertmanagerFile,
} from '../../src/alerting/index.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from '../../src/base/http-client/index.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from './memory-state.ts';

const MINUTE = 60_000;

/** How long a hanging receiver holds a connection. */
export const HANG_MS = 10_000;

export interface Told {
  readonly atMs: number;
  readonly url: string;
  readonly status: string;
  readonly groupKey: string;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

interface WebhookBody {
  readonly status: string;
  readonly groupKey: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[];
}

interface HouseParts extends Pick<AlertingDeps, 'receiverKinds' | 'history'> {
  /** Default: `site="north"`. */
  readonly externalLabels?: Readonly<Record<string, string>>;
}

/** The alerting room with a receiver in memory, fed the way rules feed it: what fires is said again every minute. */
export class AlertingHouse {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly state = new MemoryState();
  readonly told: Told[] = [];
  readonly posted: { readonly atMs: number; readonly url: string; readonly body: unknown }[] = [];
  readonly logged: string[] = [];
  /** HTTP status of the receiver; 0 means that nobody listens. */
  answer = 200;
  /** What single receivers answer instead, by their URL; one that hangs breaks the connection after ten seconds. */
  readonly answers = new Map<string, number | 'hang'>();
  attempts = 0;
  /** Called when the receiver has taken a message and not answered yet. */
  onTold: (() => void) | undefined;
  registry = new Registry();
  room: AlertingRoom;
  readonly #config: unknown;
  readonly #random: Random;
  readonly #more: HouseParts;
  readonly #alerts = new Map<string, IncomingAlert>();

  /** `config` is the section `alerting:`, or the text of an Alertmanager file. */
  constructor(config: unknown, seed = 1, more: HouseParts = {}) {
    this.#config = config;
    this.#more = more;
    this.#random = seededRandom(seed);
    this.room = this.#open();
  }

  #open(): AlertingRoom {
    this.registry = new Registry();
    const note = (_: object, message: string): void => {
      this.logged.push(message);
    };
    const logger: Logger = { ...silentLogger, info: note, warn: note, error: note };
    return openAlerting({
      clock: this.clock,
      logger,
      registry: this.registry,
      random: this.#random,
      state: this.state,
      openHttp: () => ({ send: (request) => this.#send(request), close: async () => undefined }),
      ...this.#more,
    });
  }

  /** What a notifier sends, to the same receiver. */
  async #send({ url, body }: HttpRequest): Promise<HttpAnswer> {
    try {
      const { status } = await this.#post({ url: url.href, headers: {}, body: String(body) });
      return { status, statusText: '', header: () => '', body: Buffer.alloc(0) };
    } catch (error) {
      throw new HttpFailure('connection refused', error);
    }
  }

  async #post({ url, body }: Pick<PostRequest, 'url' | 'headers' | 'body'>) {
    this.attempts++;
    const answer = this.answers.get(url) ?? this.answer;
    if (answer === 'hang') await this.clock.sleep(HANG_MS);
    if (answer === 0 || answer === 'hang') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    if (answer === 200) {
      const parsed = JSON.parse(body) as WebhookBody;
      this.posted.push({ atMs: this.clock.now(), url, body: parsed });
      if (!Array.isArray(parsed)) {
        const names = (status: string): string[] =>
          parsed.alerts.filter((alert) => alert.status === status).map((alert) => alert.labels.camera ?? '');
        this.told.push({
          atMs: this.clock.now(),
          url,
          status: parsed.status,
          groupKey: parsed.groupKey,
          firing: names('firing'),
          resolved: names('resolved'),
        });
        this.onTold?.();
      }
    }
    return { status: answer, retryAfter: undefined, bodyStart: '' };
  }

  async start(config: unknown = this.#config): Promise<void> {
    await this.apply(config);
    await this.room.start();
  }

  async apply(config: unknown): Promise<void> {
    const isFile = typeof config === 'string';
    await this.room.apply({
      config: alertingConfigSchema.parse(isFile ? {} : config),
      ...(isFile && {
        alertmanager: parseAlertmanagerFile(config, 'alertmanager.yml', { kinds: RECEIVER_KINDS }).config,
      }),
      externalLabels: this.#more.externalLabels ?? { site: 'north' },
      externalUrl: 'http://watch',
    });
  }

  async crash(downMs: number, tellAgain = true): Promise<void> {
    this.state.frozen = true;
    await this.room.stop(AbortSignal.abort(new Error('killed')));
    await this.clock.advance(downMs);
    this.state.frozen = false;
    this.room = this.#open();
    await this.start();
    // Rules restored their alerts and tell them again soon after a start.
    if (tellAgain) await this.#tell([...this.#alerts.values()]);
  }

  async fire(camera: string, labels: Record<string, string> = {}): Promise<void> {
    const known = this.#alerts.get(camera);
    const now = this.clock.now();
    const alert: IncomingAlert = {
      labels: Labels.fromObject({ alertname: 'CameraDown', camera, ...labels }),
      annotations: { summary: camera },
      startsAtMs: known && !known.resolved ? known.startsAtMs : now,
      endsAtMs: now + 4 * MINUTE,
      resolved: false,
      generatorUrl: 'http://watch/graph',
    };
    this.#alerts.set(camera, alert);
    await this.#tell([alert]);
  }

  async resolve(camera: string): Promise<void> {
    const known = this.#alerts.get(camera);
    if (!known || known.resolved) return;
    const alert = { ...known, resolved: true, endsAtMs: this.clock.now() };
    this.#alerts.set(camera, alert);
    await this.#tell([alert]);
  }

  /** The rule falls silent: nobody says anything about the alert any more. */
  forget(camera: string): void {
    this.#alerts.delete(camera);
  }

  firing(): readonly string[] {
    return [...this.#alerts]
      .filter(([, alert]) => !alert.resolved)
      .map(([camera]) => camera)
      .sort();
  }

  async #tell(alerts: readonly IncomingAlert[]): Promise<void> {
    await this.room.sink.receive(alerts, this.clock.now());
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += MINUTE) {
      const now = this.clock.now();
      for (const [camera, alert] of this.#alerts) {
        if (!alert.resolved) this.#alerts.set(camera, { ...alert, endsAtMs: now + 4 * MINUTE });
        else if (now - alert.endsAtMs > 15 * MINUTE) this.#alerts.delete(camera);
      }
      await this.#tell([...this.#alerts.values()]);
      await this.clock.advance(Math.min(MINUTE, ms - passed));
    }
  }

  async status(): Promise<AlertingOverview> {
    const app = Fastify();
    await app.register(this.room.plugin);
    const response = await app.inject({ method: 'GET', url: '/api/vedette/alerting' });
    await app.close();
    return response.json();
  }

  async routes(): Promise<AlertingRoutes> {
    const app = Fastify();
    await app.register(this.room.plugin);
    const response = await app.inject({ method: 'GET', url: '/api/vedette/alerting/routes' });
    await app.close();
    return response.json();
  }

  async stop(): Promise<void> {
    await this.room.stop(AbortSignal.abort(new Error('test over')));
  }
}
