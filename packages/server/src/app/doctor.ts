import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InhibitionReport, RuleReport } from '@vedette/wire/http';
import { type InhibitRule, type MatcherMode, RECEIVER_KINDS, loadAlertmanagerFile } from '../alerting/index.ts';
import { type Clock, SystemClock, unixMs } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { type AliasBook, openQueryEngine } from '../metrics/query/index.ts';
import type { MetadataSource, QueryEngine, SeriesSelector } from '../model/ports.ts';
import {
  type DoctorDeps,
  type DoctorOptions,
  type DoctorStore,
  RuleDoctor,
  type WhatIf,
  doctorApi,
  familyNames,
  readRuleText,
  reportGroup,
} from '../rules/doctor/index.ts';
import { type RuleGroup, type RulesRoom, loadRules } from '../rules/index.ts';
import { aliasBook, withAliases } from './aliases.ts';
import { type Flags, type LoadedConfig, loadConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { type InhibitionRequest, examineInhibitions } from './doctor-inhibition.ts';
import { remoteDoctorStore } from './doctor-remote.ts';
import { expressionChecker } from './expressions.ts';
import { openOfflineStore } from './offline-store.ts';

export interface RuleDoctorParts {
  readonly clock: Clock;
  readonly engine: QueryEngine;
  readonly store: SeriesSelector & MetadataSource;
  readonly rules: RulesRoom;
  readonly config: () => LoadedConfig;
  readonly aliases: AliasBook;
}

/** The doctor of the rules that run here, on this process's own store. */
export function ruleDoctor({ clock, engine, store, rules, config, aliases }: RuleDoctorParts): HttpPlugin {
  return doctorApi({
    clock,
    store: localDoctorStore(engine, store),
    aliases,
    groups: () => rules.groups(),
    intervalMs: () => config().sections.global.evaluation_interval,
  });
}

export function localDoctorStore(engine: QueryEngine, store: SeriesSelector & MetadataSource): DoctorStore {
  return {
    engine,
    series: store,
    metadata: async (metric) => {
      for (const name of familyNames(metric)) {
        const [newest] = store.metadata(name).get(name) ?? [];
        if (newest) return newest;
      }
      return undefined;
    },
  };
}

export interface ExamineRequest {
  readonly files: readonly string[];
  /** A running Vedette or Prometheus; without it the data directory that the flags name is opened. */
  readonly server?: string;
  /** Sent to the server, name, value, … */
  readonly headers?: readonly string[];
  readonly flags: Flags;
  readonly windowMs: number;
  /** For one rule. */
  readonly timeoutMs: number;
  /** Undefined: now. */
  readonly atMs?: number;
  /** Only rules of this name. */
  readonly name?: string;
  readonly whatIf: WhatIf;
}

const CATALOG = join(dirname(fileURLToPath(import.meta.url)), '../../../../catalog');
const CLOSE_DEADLINE_MS = 60_000;

/** Holds the rules of files against a server's past, or that of a data directory. Throws RULE_INVALID, CONFIG_UNREADABLE and the store's errors. */
export async function examineRuleFiles(request: ExamineRequest, signal: AbortSignal): Promise<readonly RuleReport[]> {
  const groups = await readGroups(request.files);
  return withStore(request, signal, async (deps, options, atMs) => {
    const doctor = new RuleDoctor(deps, options, groups);
    const reports: RuleReport[] = [];
    for (const group of groups) {
      const { reports: found } = await reportGroup(
        doctor,
        group,
        {
          ...(request.name === undefined ? {} : { name: request.name }),
          whatIf: request.whatIf,
          atMs,
          readText: () => readRuleText(group.file),
          isLate: () => false,
        },
        signal,
      );
      reports.push(...found);
    }
    return reports;
  });
}

/** Holds inhibitions against the alerts that the rules of `request.files` can make. `file` is the Alertmanager file, for diffs. */
async function examineInhibitionsOf(
  inhibitRules: readonly InhibitRule[],
  file: InhibitionRequest['file'],
  request: ExamineRequest,
  signal: AbortSignal,
): Promise<readonly InhibitionReport[]> {
  const groups = await readGroups(request.files);
  return withStore(request, signal, (deps, options, atMs) =>
    examineInhibitions(deps, options, { inhibitRules, groups, atMs, ...(file ? { file } : {}) }, signal),
  );
}

/** The same of the inhibitions of an Alertmanager file. Throws ALERTMANAGER_INVALID, CONFIG_UNREADABLE. */
export function examineAlertmanagerFile(
  file: string,
  matchers: MatcherMode,
  request: ExamineRequest,
  signal: AbortSignal,
): Promise<readonly InhibitionReport[]> {
  const { config } = loadAlertmanagerFile(file, { kinds: RECEIVER_KINDS, matchers });
  return examineInhibitionsOf(config.inhibitRules, { name: file, text: readFileSync(file, 'utf8') }, request, signal);
}

async function withStore<T>(
  request: ExamineRequest,
  signal: AbortSignal,
  work: (deps: DoctorDeps, options: DoctorOptions, atMs: number) => Promise<T>,
): Promise<T> {
  const clock = new SystemClock();
  const opened =
    request.server === undefined
      ? await openLocal(request, clock)
      : remoteDoctorStore(request.server, request.headers ?? [], clock);
  try {
    const atMs = request.atMs ?? clock.now();
    // A server that is not there is told once, not for every rule.
    await opened.store.engine.instant('1', unixMs(atMs), { signal });
    const { windowMs, timeoutMs } = request;
    const options = { windowMs, intervalMs: DEFAULT_INTERVAL_MS, timeoutMs };
    return await work({ clock, store: opened.store, aliases: aliasBook(CATALOG) }, options, atMs);
  } finally {
    await opened.close();
  }
}

const DEFAULT_INTERVAL_MS = configSchema.parse({}).global.evaluation_interval;

async function readGroups(files: readonly string[]): Promise<readonly RuleGroup[]> {
  for (const file of files)
    if (!existsSync(file)) throw new VedetteError('CONFIG_UNREADABLE', `there is no such file: ${file}`);
  const { global, rules } = configSchema.parse({});
  const { groups } = await loadRules(
    {
      ruleFiles: files.map((file) => resolve(file)),
      baseDir: process.cwd(),
      evaluationIntervalMs: global.evaluation_interval,
      queryOffsetMs: global.rule_query_offset,
      externalLabels: {},
      externalUrl: '',
      config: rules,
    },
    [],
    expressionChecker,
  );
  return groups;
}

interface OpenedStore {
  readonly store: DoctorStore;
  close(): Promise<void>;
}

async function openLocal({ flags }: ExamineRequest, clock: Clock): Promise<OpenedStore> {
  const { sections } = loadConfig(flags);
  const opened = await openOfflineStore(flags, (line) => process.stderr.write(line));
  const readable = withAliases(opened.store, aliasBook(CATALOG), () => sections.catalog.aliases);
  const engine = openQueryEngine(
    { clock, selector: readable },
    {
      timeoutMs: sections.query.timeout,
      samplesMax: sections.query.max_samples,
      lookbackDeltaMs: sections.query.lookback_delta,
      subqueryStepMs: sections.global.evaluation_interval,
    },
  );
  return {
    store: localDoctorStore(engine, readable),
    close: () => opened.close(AbortSignal.timeout(CLOSE_DEADLINE_MS)),
  };
}
