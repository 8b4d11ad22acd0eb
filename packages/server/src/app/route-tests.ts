import { readFileSync } from 'node:fs';
import type { RouteTestAnswer } from '@vedette/wire/http';
import {
  RECEIVER_KINDS,
  type RouteDifference,
  type RouteTestDeps,
  checkExpectation,
  inlineModel,
  parseExpectations,
  prepareResponse,
  testRoute,
} from '../alerting/index.ts';
import { type UnixMs, SystemClock, unixMs } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { Labels } from '../model/labels.ts';
import { type Flags, loadConfig } from './config.ts';
import { alertingSettings } from './settings.ts';

export interface RouteTestFailure {
  readonly line: number;
  readonly name: string;
  readonly differences: readonly RouteDifference[];
}

export interface RouteTestReport {
  readonly passed: number;
  readonly failures: readonly RouteTestFailure[];
}

/** A configuration's routes, ready to be asked; nothing runs. Throws CONFIG_INVALID, CONFIG_UNREADABLE, ALERTMANAGER_INVALID. */
export class RouteTests {
  readonly #deps: RouteTestDeps;
  readonly #now: UnixMs;

  constructor(flags: Flags, now: UnixMs = new SystemClock().now()) {
    const { config, alertmanager } = alertingSettings(loadConfig(flags));
    const model = alertmanager ?? inlineModel(config, RECEIVER_KINDS);
    const response = prepareResponse(config, model?.receivers.map(({ name }) => name) ?? []);
    this.#deps = { model, response, muters: [] };
    this.#now = now;
  }

  /** `labels` as `a=b,c="d, e"`; `at` as RFC 3339, now when undefined. */
  path(labels: string, at: string | undefined): RouteTestAnswer {
    const moment = at === undefined ? this.#now : unixMs(Date.parse(at));
    if (Number.isNaN(moment))
      throw new VedetteError('QUERY_BAD_PARAMETER', `--at: not a time: "${at}"; write it as 2026-01-05T08:00:00Z`);
    return testRoute(this.#deps, parseLabels(labels), moment);
  }

  run(file: string): RouteTestReport {
    const failures: RouteTestFailure[] = [];
    const expectations = parseExpectations(readText(file), file);
    for (const expectation of expectations) {
      const differences = checkExpectation(expectation, this.#deps, this.#now);
      const { test, line } = expectation;
      if (differences.length > 0)
        failures.push({ line, name: test.name ?? Labels.fromObject(test.labels).toString(), differences });
    }
    return { passed: expectations.length - failures.length, failures };
  }
}

/** Values with commas stand in double quotes. Throws QUERY_BAD_PARAMETER. */
export function parseLabels(text: string): Labels {
  const entries: [string, string][] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = /^([a-zA-Z_][\w.]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))\s*(?:,\s*|$)/.exec(rest);
    if (!match?.[1])
      throw new VedetteError(
        'QUERY_BAD_PARAMETER',
        `--labels: cannot read "${rest.slice(0, 80)}"; write severity=critical,site=north, and values with commas in quotes`,
      );
    entries.push([match[1], match[2]?.replace(/\\(.)/g, '$1') ?? (match[3] ?? '').trim()]);
    rest = rest.slice(match[0].length);
  }
  return Labels.fromEntries(entries);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read the expectations ${file}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
