import type { ExpositionFormat } from '@vedette/wire/exposition';
import type { HttpClient } from '../../../base/http-client/index.ts';
import type { ScrapePoolConfig } from '../config.ts';
import { type Page, type PageSource, ScrapeFailure } from './page-source.ts';

/** What a page may be when no body_size_limit is set: real ones stay below 50 MiB, and reading one holds the event loop. */
export const BODY_BYTES_CEILING = 64 * 1024 * 1024;

const MEDIA_TYPES = {
  PrometheusProto: undefined,
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
} as const;

/** Preferred media types first, in falling weights; protobuf is left out because it is not read. */
export function acceptHeader(
  config: Pick<ScrapePoolConfig, 'scrape_protocols' | 'metric_name_validation_scheme'>,
): string {
  const escaping = config.metric_name_validation_scheme === 'utf8' ? ';escaping=allow-utf-8' : '';
  const parts: string[] = [];
  let weight = config.scrape_protocols.length + 1;
  for (const protocol of config.scrape_protocols) {
    const media = MEDIA_TYPES[protocol];
    if (media !== undefined) parts.push(`${media}${media.endsWith('1.0.0') ? escaping : ''};q=0.${weight}`);
    weight--;
  }
  parts.push(`*/*;q=0.${weight}`);
  return parts.join(',');
}

export class HttpPageSource implements PageSource {
  readonly #client: HttpClient;
  readonly #url: URL;
  readonly #headers: readonly string[];
  readonly #fallback: ScrapePoolConfig['fallback_scrape_protocol'];
  readonly #bodyBytesMax: number;
  readonly #bodyLimitName: string;

  constructor(client: HttpClient, url: URL, config: ScrapePoolConfig, timeoutMs: number) {
    this.#client = client;
    this.#url = url;
    this.#headers = [
      'accept',
      acceptHeader(config),
      'accept-encoding',
      config.enable_compression ? 'gzip' : 'identity',
      'x-prometheus-scrape-timeout-seconds',
      String(timeoutMs / 1000),
    ];
    this.#fallback = config.fallback_scrape_protocol;
    this.#bodyBytesMax = config.body_size_limit === 0 ? BODY_BYTES_CEILING : config.body_size_limit;
    this.#bodyLimitName = config.body_size_limit === 0 ? 'the ceiling without body_size_limit' : 'body_size_limit';
  }

  async fetch(timeoutMs: number, signal: AbortSignal): Promise<Page> {
    const answer = await this.#client.get({
      url: this.#url,
      headers: this.#headers,
      timeoutMs,
      timeoutName: 'scrape_timeout',
      bodyBytesMax: this.#bodyBytesMax,
      bodyLimitName: this.#bodyLimitName,
      signal,
    });
    return { body: answer.body, format: formatOf(answer.header('content-type'), this.#fallback) };
  }
}

/** A page without Content-Type is read as text, as exporters in shell scripts often leave it out. */
export function formatOf(
  contentType: string,
  fallback: ScrapePoolConfig['fallback_scrape_protocol'],
): ExpositionFormat {
  const media = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (media === 'application/openmetrics-text') return 'openmetrics';
  if (media === 'text/plain') return 'text';
  if (fallback !== undefined) {
    if (fallback === 'PrometheusProto')
      throw new ScrapeFailure('fallback_scrape_protocol PrometheusProto is not read; use PrometheusText0.0.4');
    return fallback.startsWith('OpenMetrics') ? 'openmetrics' : 'text';
  }
  if (media === '') return 'text';
  throw new ScrapeFailure(
    `answered with Content-Type "${media}", which is not a metrics page; check metrics_path, or set fallback_scrape_protocol: PrometheusText0.0.4`,
  );
}
