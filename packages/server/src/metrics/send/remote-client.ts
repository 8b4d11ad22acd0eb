import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import {
  HttpClient,
  type HttpClientConfig,
  type HttpClientDeps,
  HttpFailure,
  statusFault,
} from '../../base/http-client/index.ts';
import type { Random } from '../../base/random.ts';
import { type RemoteConfig, unusableUrl } from './config.ts';
import { V1, V2, type WriteMessage } from './encode-rows.ts';
import type { RowCounts } from './row.ts';

export type SendResult =
  /** `written` as a 2.0 receiver counts it. */
  | { readonly kind: 'stored'; readonly written?: RowCounts }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly written?: RowCounts }
  /** The receiver does not know the message. */
  | { readonly kind: 'unknown-message'; readonly reason: string };

export interface RemoteClientDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** All addresses of a host name, for `round_robin_dns`. */
  readonly resolveHost: (host: string) => Promise<readonly string[]>;
  readonly http: HttpClientDeps;
}

/** Answers are a status and a sentence. */
const ANSWER_MAX_BYTES = 64 * 1024;
const REASON_LENGTH_MAX = 300;
/** A remote that asks for more patience than this is asked again all the same. */
const RETRY_AFTER_MAX_MS = 10 * 60_000;

/** Posts remote-write messages to one address and says what became of them. */
export class RemoteClient {
  readonly #deps: RemoteClientDeps;
  readonly #config: RemoteConfig;
  readonly #client: HttpClient;
  readonly #fault: string | undefined;

  /** Throws CONFIG_UNREADABLE or CONFIG_INVALID when a certificate cannot be read or used. */
  constructor(deps: RemoteClientDeps, config: RemoteConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#fault = unusableUrl(config);
    this.#client = new HttpClient(deps.http, httpConfig(config, this.#fault === undefined));
  }

  /** Rejects with the signal's reason only. */
  async send(body: Uint8Array, message: WriteMessage, attempt: number, signal: AbortSignal): Promise<SendResult> {
    if (this.#fault !== undefined) return { kind: 'retry', reason: this.#fault };
    const { url: address, headers, remote_timeout: timeoutMs, queue_config: queue } = this.#config;
    try {
      const url = new URL(address);
      const answer = await this.#client.send({
        url: this.#config.round_robin_dns ? await this.#oneOf(url) : url,
        headers: [
          ...Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value]),
          ...(this.#config.round_robin_dns ? ['host', url.host] : []),
          'content-type',
          message === V1 ? 'application/x-protobuf' : `application/x-protobuf;proto=${V2}`,
          'content-encoding',
          'snappy',
          'x-prometheus-remote-write-version',
          message === V1 ? '0.1.0' : '2.0.0',
          ...(attempt > 0 ? ['retry-attempt', String(attempt)] : []),
        ],
        method: 'POST',
        body,
        timeoutMs,
        timeoutName: 'remote_timeout',
        bodyBytesMax: ANSWER_MAX_BYTES,
        bodyLimitName: 'answers to remote-write',
        signal,
      });
      const { status } = answer;
      const written = writtenCounts((name) => answer.header(name));
      if (status >= 200 && status < 300) return { kind: 'stored', ...(written && { written }) };
      const text = answer.body.toString('utf8').replaceAll(/\s+/g, ' ').trim().slice(0, REASON_LENGTH_MAX);
      const reason = statusFault(answer) + (text === '' ? '' : `: ${text}`);
      if (status === 415 && message === V2) return { kind: 'unknown-message', reason };
      if (status >= 500 || (status === 429 && queue.retry_on_http_429)) {
        const afterMs = retryAfterMs(answer.header('retry-after'), this.#deps.clock.now());
        return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
      }
      return { kind: 'refused', reason, ...(written && { written }) };
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof HttpFailure) return { kind: 'retry', reason: error.message };
      // A token or password file that cannot be read today may be there tomorrow.
      return { kind: 'retry', reason: errorMessage(error) };
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #oneOf(url: URL): Promise<URL> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = await this.#deps.resolveHost(host);
    const address = addresses[Math.floor(this.#deps.random() * addresses.length)];
    if (address === undefined) throw new HttpFailure(`${host} has no address`);
    const chosen = new URL(url);
    chosen.hostname = address.includes(':') ? `[${address}]` : address;
    return chosen;
  }
}

/** With an address instead of a name in the URL, TLS must still ask for the name. */
function httpConfig(config: RemoteConfig, usable: boolean): HttpClientConfig {
  if (!config.round_robin_dns || !usable || config.tls_config?.server_name !== undefined) return config;
  const url = new URL(config.url);
  if (url.protocol !== 'https:') return config;
  return { ...config, tls_config: { insecure_skip_verify: false, ...config.tls_config, server_name: url.hostname } };
}

/** What a 2.0 receiver says it has written; undefined when it says nothing. */
function writtenCounts(header: (name: string) => string): RowCounts | undefined {
  const read = (kind: string): number | undefined => {
    const text = header(`x-prometheus-remote-write-${kind}-written`);
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const samples = read('samples');
  const histograms = read('histograms');
  const exemplars = read('exemplars');
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

/** Seconds or an HTTP date, as RFC 9110 has it. */
export function retryAfterMs(text: string, nowMs: number): number | undefined {
  if (text === '') return undefined;
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS);
}
