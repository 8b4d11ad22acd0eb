import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuleReport } from '@vedette/wire/http';
import { type Clock, SystemClock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { openQueryEngine } from '../metrics/query/index.ts';
import type { MetadataSource, QueryEngine, SeriesSelector } from '../model/ports.ts';
import {
  type DoctorDeps,
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
import { remoteDoctorStore } from './doctor-remote.ts';
import { expressionChecker } from './expressions.ts';
import { openOfflineStore } from './offline-store.ts';

export interface RuleDoctorParts {
  readonly clock: Clock;
  readonly engine: QueryEngine;
  readonly store: SeriesSelector & MetadataSource;
  readonly rules: RulesRoom;
  readonly config: () => LoadedConfig;
  readonly catalogDir: string;
}

/** The doctor of the rules that run here, on this process's own store. */
export function ruleDoctor({ clock, engine, store, rules, config, catalogDir }: RuleDoctorParts): HttpPlugin {
  return doctorApi({
    clock,
    store: localDoctorStore(engine, store),
    aliases: aliasBook(catalogDir),
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
  const clock = new SystemClock();
  const aliases = aliasBook(CATALOG);
  const opened =
    request.server === undefined ? await openLocal(request, clock) : openRemote(request.server, request, clock);
  try {
    const deps: DoctorDeps = { clock, store: opened.store, aliases };
    const { windowMs, timeoutMs, name, whatIf } = request;
    const doctor = new RuleDoctor(deps, { windowMs, intervalMs: DEFAULT_INTERVAL_MS, timeoutMs }, groups);
    const reports: RuleReport[] = [];
    for (const group of groups) {
      const one = await reportGroup(
        doctor,
        group,
        {
          ...(name === undefined ? {} : { name }),
          whatIf,
          atMs: request.atMs ?? clock.now(),
          readText: () => readRuleText(group.file),
          isLate: () => false,
        },
        signal,
      );
      reports.push(...one.reports);
    }
    return reports;
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

function openRemote(server: string, { headers }: ExamineRequest, clock: Clock): OpenedStore {
  return remoteDoctorStore(server, headers ?? [], clock);
}

async function openLocal({ flags }: ExamineRequest, clock: Clock): Promise<OpenedStore> {
  const { sections } = loadConfig(flags);
  const opened = await openOfflineStore(flags, (line) => process.stderr.write(line));
  const readable = withAliases(opened.store, CATALOG, () => sections.catalog.aliases);
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
