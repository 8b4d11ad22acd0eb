import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import type { AlertLifeSink, QueryEngine, SampleSink, StateStore } from '../model/ports.ts';
import type { RulesSettings } from './config.ts';
import type { AlertSink, ExpressionChecker, RuleGroup, RuleSource } from './ports.ts';

export interface RulesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly engine: QueryEngine;
  readonly sampleSink: SampleSink;
  readonly state: StateStore;
  readonly alertSink: AlertSink;
  /** Hears of pending, firing and ended alerts. */
  readonly alertLife?: AlertLifeSink;
  readonly expressions: ExpressionChecker;
  /** Groups besides those of files. */
  readonly sources?: readonly RuleSource[];
}

/** Rules that were read and checked but do not run yet. */
export interface PreparedRules {
  readonly groupCount: number;
  readonly ruleCount: number;
  /** Swaps to these rules; unchanged groups keep their state and schedule. */
  commit(): Promise<void>;
}

export interface RulesRoom extends Component {
  /** Reads and checks everything, changes nothing. Throws RULE_INVALID with every fault at its position. */
  prepare(settings: RulesSettings): Promise<PreparedRules>;
  /** prepare, then commit. */
  apply(settings: RulesSettings): Promise<void>;
  /** Why rules are not evaluated as they should be, in words; undefined when they are. */
  stalled(): string | undefined;
  /** The groups that run, in the order of their files. */
  groups(): readonly RuleGroup[];
  /** Serves /api/v1/rules and /api/v1/alerts. */
  readonly plugin: HttpPlugin;
}
