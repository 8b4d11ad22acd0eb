import type { HttpClient } from '../../../base/http-client/index.ts';
import type { ScrapePoolConfig, ScrapeProtocol } from '../config.ts';
import { type Page, type PageFormat, type PageSource, ScrapeFailure } from './page-source.ts';

/** What a page may be when no body_size_limit is set: real ones stay below 50 MiB, and reading one holds the event loop. */
export const BODY_BYTES_CEILING = 64 * 1024 * 1024;

const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
};
/** The first one's weight in tenths, as Prometheus counts. */
const WEIGHT_FIRST = Object.keys(MEDIA_TYPES).length + 1;
/** Only these say how they want names escaped. */
const ESCAPING: ReadonlySet<ScrapeProtocol> = new Set(['OpenMetricsText1.0.0', 'PrometheusText1.0.0']);

/** Preferred media types first, in falling weights, as Prometheus 3 sends them. */
export function acceptHeader(
  config: Pick<ScrapePoolConfig, 'scrape_protocols' | 'metric_name_escaping_scheme'>,
): string {
  const parts = config.scrape_protocols.map((protocol, place) => {
    const escaping = ESCAPING.has(protocol) ? `;escaping=${config.metric_name_escaping_scheme}` : '';
    return `${MEDIA_TYPES[protocol]}${escaping};q=0.${WEIGHT_FIRST - place}`;
  });
  parts.push(`*/*;q=0.${WEIGHT_FIRST - parts.length}`);
  return parts.join(',');
}

export class HttpPageSource implements PageSource {
  readonly #client: HttpClient;
  readonly #url: URL;
  readonly #headers: readonly string[];
  readonly #fallback: ScrapeProtocol | undefined;
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

/** How a page of this Content-Type is read. Throws ScrapeFailure when it says nothing of use and nothing else was configured. */
export function formatOf(contentType: string, fallback: ScrapeProtocol | undefined): PageFormat {
  const [first = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (first === 'application/openmetrics-text') return 'openmetrics';
  if (first === 'text/plain') return 'text';
  if (first === 'application/vnd.google.protobuf' && isDelimitedFamilies(parameters)) return 'protobuf';
  if (fallback !== undefined)
    return fallback === 'PrometheusProto' ? 'protobuf' : fallback.startsWith('OpenMetrics') ? 'openmetrics' : 'text';
  const remedy = 'set fallback_scrape_protocol: PrometheusText0.0.4 if it is text';
  if (first === '') throw new ScrapeFailure(`answered without a Content-Type; ${remedy}`);
  throw new ScrapeFailure(
    `answered with Content-Type "${contentType.slice(0, 200)}", which is not a metrics page; check metrics_path, or ${remedy}`,
  );
}

/** Parameters that are left out count as those of metrics. */
function isDelimitedFamilies(parameters: readonly string[]): boolean {
  const value = (name: string): string | undefined =>
    parameters
      .find((parameter) => parameter.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const proto = value('proto') ?? 'io.prometheus.client.metricfamily';
  const encoding = value('encoding') ?? 'delimited';
  return proto === 'io.prometheus.client.metricfamily' && encoding === 'delimited';
}
