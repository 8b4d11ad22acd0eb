import { VedetteError, errorMessage, isVedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Discovery, DiscoveryConfig, Relabeler } from '../../metrics/receive/index.ts';
import type { HttpSender, OpenHttp } from '../notify/receiver-kind.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';
import { ExternalGroup } from './external-group.ts';
import type { PostJson } from './post-json.ts';

/** One external Alertmanager, ready to be posted to. */
export interface ExternalAlertmanager {
  /** Without path and credentials; names it in logs, metrics and pages. */
  readonly address: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** Changes or drops alerts on their way to it. */
  readonly relabeler: Relabeler;
  readonly post: PostJson;
}

export interface OpenExternalDeps {
  readonly openHttp: OpenHttp;
  readonly logger: Logger;
  /** Sources of Alertmanagers, not started yet. Throws CONFIG_INVALID or CONFIG_UNREADABLE. */
  readonly discover: (config: DiscoveryConfig) => readonly Discovery[];
}

/** All that the section names; sends and asks nothing yet. Throws CONFIG_INVALID or CONFIG_UNREADABLE, and leaves nothing open then. */
export function openExternals(
  configs: readonly ExternalAlertmanagerConfig[],
  deps: OpenExternalDeps,
): readonly ExternalGroup[] {
  const opened: ExternalGroup[] = [];
  try {
    for (const [i, config] of configs.entries()) opened.push(openedAt(i, config, deps));
  } catch (error) {
    for (const one of opened) void one.close();
    throw error;
  }
  return opened;
}

function openedAt(i: number, config: ExternalAlertmanagerConfig, deps: OpenExternalDeps): ExternalGroup {
  let http: HttpSender | undefined;
  try {
    http = deps.openHttp(config);
    const post = postThrough(http, config.timeout);
    return new ExternalGroup(config, { http, post, logger: deps.logger, discoveries: deps.discover(config) });
  } catch (error) {
    void http?.close();
    if (!isVedetteError(error)) throw error;
    throw new VedetteError(error.code, `alerting.alertmanagers[${i}]: ${errorMessage(error)}`, { cause: error });
  }
}

/** Answers are a status and a sentence. */
const ANSWER_BYTES_MAX = 64 * 1024;

function postThrough(http: HttpSender, timeoutMs: number): PostJson {
  return async ({ url, headers, body }, signal) => {
    const answer = await http.send({
      url: new URL(url),
      headers: ['content-type', 'application/json', ...Object.entries(headers).flat()],
      body,
      timeoutMs,
      timeoutName: 'timeout',
      bodyBytesMax: ANSWER_BYTES_MAX,
      bodyLimitName: 'answers of an Alertmanager',
      signal,
    });
    const retryAfter = answer.header('retry-after');
    return {
      status: answer.status,
      retryAfter: retryAfter === '' ? undefined : retryAfter,
      bodyStart: answer.body.toString('utf8'),
    };
  };
}
