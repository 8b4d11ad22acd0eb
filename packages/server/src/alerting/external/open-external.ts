import { VedetteError, errorMessage, isVedetteError } from '../../base/errors.ts';
import { Relabeler } from '../../metrics/relabel/index.ts';
import type { PostJson } from './post-json.ts';
import type { HttpSender, OpenHttp } from '../notify/receiver-kind.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';
import { externalTargets } from './external-targets.ts';

/** One external Alertmanager, ready to be posted to. */
export interface ExternalAlertmanager {
  /** Without path and credentials; names it in logs, metrics and pages. */
  readonly address: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** Changes or drops alerts on their way to it. */
  readonly relabeler: Relabeler;
  readonly post: PostJson;
  /** Gives back the connections; once. */
  close(): Promise<void>;
}

export interface OpenExternalDeps {
  readonly openHttp: OpenHttp;
}

/** All that the section names; sends nothing yet. Throws CONFIG_INVALID or CONFIG_UNREADABLE, and leaves nothing open then. */
export function openExternals(
  configs: readonly ExternalAlertmanagerConfig[],
  deps: OpenExternalDeps,
): readonly ExternalAlertmanager[] {
  const opened: ExternalAlertmanager[] = [];
  try {
    for (const [i, config] of configs.entries()) {
      const relabeler = new Relabeler(config.alert_relabel_configs);
      for (const { address, url } of externalTargets(config)) {
        const http = openedAt(i, config, deps.openHttp);
        opened.push({
          address,
          url,
          timeoutMs: config.timeout,
          relabeler,
          post: postThrough(http, config.timeout),
          close: async () => http.close(),
        });
      }
    }
  } catch (error) {
    for (const one of opened) void one.close();
    throw error;
  }
  return opened;
}

function openedAt(i: number, config: ExternalAlertmanagerConfig, openHttp: OpenHttp): HttpSender {
  try {
    return openHttp(config);
  } catch (error) {
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
