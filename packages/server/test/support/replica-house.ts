import { Registry } from 'prom-client';
import {
  type AlertingRoom,
  type HighAvailability,
  type IncomingAlert,
  alertingConfigSchema,
  openAlerting,
  openHighAvailability,
} from '../../src/alerting/index.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from '../../src/base/http-client/index.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { SharedMemoryState, type SharedView } from './shared-memory-state.ts';

/** How often rules say what fires. */
const SAY_EVERY_MS = 15_000;

export interface Heard {
  readonly atMs: number;
  readonly by: string;
  readonly groupKey: string;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

/** One of several Vedettes. */
export interface Replica {
  readonly name: string;
  readonly view: SharedView;
  readonly registry: Registry;
  readonly replicas: HighAvailability;
  readonly room: AlertingRoom;
  isDead: boolean;
}

/** Several alerting rooms over one shared state, all of them hearing of the same alerts, and the receiver they tell. */
export class ReplicaHouse {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly shared = new SharedMemoryState(this.clock);
  readonly told: Heard[] = [];
  readonly logged: string[] = [];
  readonly replicas = new Map<string, Replica>();
  /** What the receiver answers to a replica; 0: it is not reached, `hang`: it never answers. */
  answer: (by: string) => number | 'hang' = () => 200;
  /** How long the receiver takes. */
  answerMs = 50;
  readonly random: Random;
  readonly #config: unknown;
  readonly #firing = new Map<string, IncomingAlert>();

  constructor(config: unknown, seed = 1) {
    this.#config = config;
    this.random = seededRandom(seed);
  }

  async start(name: string): Promise<Replica> {
    const { clock, random } = this;
    const view = this.shared.view();
    const registry = new Registry();
    const note =
      (level: string) =>
      (fields: object, message: string): void => {
        this.logged.push(`${name} ${level} ${message} ${JSON.stringify(fields)}`);
      };
    const logger: Logger = { ...silentLogger, info: note('info'), warn: note('warn'), error: note('error') };
    const deps = { clock, random, logger, registry, state: view };
    const replicas = openHighAvailability(deps, { name, database: 'shared', peer_timeout: 15_000 });
    const room = openAlerting({
      ...deps,
      openHttp: () => ({ send: (request) => this.#send(name, request), close: async () => undefined }),
      turns: () => replicas.turns(),
    });
    const replica = { name, view, registry, replicas, room, isDead: false };
    this.replicas.set(name, replica);
    const settings = {
      config: alertingConfigSchema.parse(this.#config),
      externalLabels: {},
      externalUrl: 'http://watch',
    };
    await room.apply(settings);
    await this.during(replicas.start());
    await this.during(room.start());
    return replica;
  }

  /** As kill -9. */
  async kill(name: string): Promise<void> {
    const replica = this.replicas.get(name);
    if (!replica) return;
    replica.isDead = true;
    replica.view.frozen = true;
    replica.view.stop();
    this.replicas.delete(name);
    const killed = AbortSignal.abort(new Error('killed'));
    await this.during(Promise.all([replica.room.stop(killed), replica.replicas.stop(killed)]));
  }

  async stop(): Promise<void> {
    for (const name of this.replicas.keys()) await this.kill(name);
  }

  /** Waits for something that waits for the clock. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    for (let i = 0; i < 10_000 && !done; i++) await this.clock.advance(5);
    return ended;
  }

  async #send(by: string, { body, signal }: HttpRequest): Promise<HttpAnswer> {
    // The message is on its way when the process dies: the receiver still gets it.
    await this.clock.sleep(this.answerMs);
    const answer = this.answer(by);
    if (answer === 'hang') await this.clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    if (answer === 0) throw new HttpFailure('connection refused', new Error('connect'));
    if (answer === 200) {
      const { groupKey, alerts } = JSON.parse(String(body)) as {
        readonly groupKey: string;
        readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[];
      };
      const names = (status: string): string[] =>
        alerts.filter((alert) => alert.status === status).map((alert) => alert.labels.camera ?? '');
      this.told.push({ atMs: this.clock.now(), by, groupKey, firing: names('firing'), resolved: names('resolved') });
    }
    return { status: answer as number, statusText: '', header: () => '', body: Buffer.alloc(0) };
  }

  fire(camera: string): void {
    const known = this.#firing.get(camera);
    if (known && !known.resolved) return;
    this.#firing.set(camera, {
      labels: Labels.fromObject({ alertname: 'CameraDown', camera }),
      annotations: {},
      startsAtMs: this.clock.now(),
      endsAtMs: this.clock.now() + 4 * 60_000,
      resolved: false,
      generatorUrl: 'http://watch/graph',
    });
  }

  resolve(camera: string): void {
    const known = this.#firing.get(camera);
    if (known && !known.resolved) this.#firing.set(camera, { ...known, resolved: true, endsAtMs: this.clock.now() });
  }

  firing(): readonly string[] {
    return [...this.#firing].filter(([, { resolved }]) => !resolved).map(([camera]) => camera);
  }

  /** Time passes, and the rules of every living replica say again what fires. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += SAY_EVERY_MS) {
      const now = this.clock.now();
      for (const [camera, alert] of this.#firing) {
        if (!alert.resolved) this.#firing.set(camera, { ...alert, endsAtMs: now + 4 * 60_000 });
        else if (now - alert.endsAtMs > 15 * 60_000) this.#firing.delete(camera);
      }
      for (const { room } of this.replicas.values()) await room.sink.receive([...this.#firing.values()], now);
      await this.clock.advance(Math.min(SAY_EVERY_MS, ms - passed));
    }
  }

  async metric(name: string, of: string): Promise<number> {
    const value = await this.replicas.get(of)?.registry.getSingleMetric(name)?.get();
    return value?.values[0]?.value ?? Number.NaN;
  }
}
