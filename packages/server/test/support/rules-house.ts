import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { MemorySelector, openQueryEngine, parseExpr } from '../../src/metrics/query/index.ts';
import { Labels } from '../../src/model/labels.ts';
import type { QueryResult, SampleSink } from '../../src/model/ports.ts';
import {
  type ExpressionChecker,
  type RuleAlert,
  type RulesRoom,
  type RulesSettings,
  openRules,
  rulesConfigSchema,
} from '../../src/rules/index.ts';
import { MemoryState } from './memory-state.ts';

export const expressions: ExpressionChecker = {
  check: (text) => {
    try {
      parseExpr(text);
      return undefined;
    } catch (error) {
      if (!isVedetteError(error)) throw error;
      const { start, end } = error.details;
      return {
        message: error.message,
        ...(typeof start === 'number' ? { start } : {}),
        ...(typeof end === 'number' ? { end } : {}),
      };
    }
  },
};

/** The rules room over the real engine and a store in memory; samples and state survive `crash`. */
export class RulesHouse {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly store = new MemorySelector();
  readonly state = new MemoryState();
  readonly folder = mkdtempSync(join(tmpdir(), 'vedette-rules-'));
  /** What the rules said about the life of alerts, as `state name camera`. */
  readonly lives: string[] = [];
  /** The history cannot take anything while set. */
  lifeError: Error | undefined;
  readonly received: { readonly atMs: number; readonly alerts: readonly RuleAlert[] }[] = [];
  registry = new Registry();
  rules: RulesRoom;
  /** Fails appends while set. */
  sinkError: Error | undefined;
  /** Delays queries, in milliseconds of the clock. */
  queryDelayMs = 0;
  /** Asked so far, in order. */
  readonly queries: string[] = [];
  queriesAtOnce = 0;
  queriesAtOnceMax = 0;
  readonly #logger: Logger;

  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
    this.rules = this.#open();
  }

  #open(): RulesRoom {
    this.registry = new Registry();
    const engine = openQueryEngine({ selector: this.store, clock: this.clock });
    const sink: SampleSink = {
      append: async (batch) => {
        if (this.sinkError) throw this.sinkError;
        this.store.append(batch);
        return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
      },
    };
    return openRules({
      clock: this.clock,
      logger: this.#logger,
      registry: this.registry,
      engine: {
        instant: async (query, at, options): Promise<QueryResult> => {
          this.queries.push(query);
          this.queriesAtOnce++;
          this.queriesAtOnceMax = Math.max(this.queriesAtOnceMax, this.queriesAtOnce);
          try {
            if (this.queryDelayMs > 0) await this.clock.sleep(this.queryDelayMs, options.signal);
            return await engine.instant(query, at, options);
          } finally {
            this.queriesAtOnce--;
          }
        },
        range: (query, window, options) => engine.range(query, window, options),
      },
      sampleSink: sink,
      state: this.state,
      alertSink: {
        receive: async (alerts, at) => {
          this.received.push({ atMs: at, alerts });
        },
      },
      alertLife: {
        changed: async (events) => {
          if (this.lifeError) throw this.lifeError;
          for (const { state, rule, labels } of events)
            this.lives.push(`${state} ${rule.name} ${labels.get('camera')}`);
        },
      },
      expressions,
    });
  }

  settings(overrides: Partial<RulesSettings> = {}): RulesSettings {
    return {
      ruleFiles: ['*.yml'],
      baseDir: this.folder,
      evaluationIntervalMs: 15_000,
      queryOffsetMs: 0,
      externalLabels: { site: 'north' },
      externalUrl: 'http://watch.example',
      config: rulesConfigSchema.parse({}),
      ...overrides,
    };
  }

  write(text: string, name = 'rules.yml'): void {
    writeFileSync(join(this.folder, name), text);
  }

  async start(text?: string): Promise<void> {
    if (text !== undefined) this.write(text);
    await this.rules.apply(this.settings());
    await this.rules.start();
  }

  /** As kill -9: the old process neither finishes nor says anything more. */
  async crash(downMs: number): Promise<void> {
    this.state.frozen = true;
    await this.rules.stop(AbortSignal.abort(new Error('killed')));
    this.state.frozen = false;
    this.received.length = 0;
    await this.clock.advance(downMs);
    this.rules = this.#open();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.rules.stop(AbortSignal.timeout(1_000));
  }

  /** Gives a series a value every 15 s while time passes. */
  async feed(labels: Record<string, string>, value: number | undefined, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 15_000) {
      if (value !== undefined) this.store.add(Labels.fromObject(labels), this.clock.now(), value);
      await this.clock.advance(Math.min(15_000, ms - passed));
    }
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const app = Fastify();
    await app.register(this.rules.plugin);
    const response = await app.inject({ method: 'GET', url: path });
    await app.close();
    return { status: response.statusCode, body: response.json() };
  }

  async query(text: string): Promise<readonly (readonly [string, number])[]> {
    const engine = openQueryEngine({ selector: this.store, clock: this.clock });
    const result = await engine.instant(text, this.clock.now(), { signal: new AbortController().signal });
    return result.type === 'vector'
      ? result.samples.map(({ labels, value }) => [labels.toString(), value] as const)
      : [];
  }
}
