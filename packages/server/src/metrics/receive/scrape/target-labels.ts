import { formatDuration, parseDuration } from '../../../base/units.ts';
import { Labels } from '../../../model/labels.ts';
import type { ScrapePoolConfig } from '../config.ts';
import type { Relabeler } from '../../relabel/index.ts';

/** A target as relabelling left it. */
export interface TargetDescription {
  /** Before relabelling: what discovery found, and the defaults of the scrape config. */
  readonly discoveredLabels: Labels;
  /** Attached to every series. */
  readonly labels: Labels;
  readonly url: URL;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type TargetOutcome =
  | { readonly kind: 'active'; readonly target: TargetDescription }
  | { readonly kind: 'dropped'; readonly discoveredLabels: Labels }
  | { readonly kind: 'invalid'; readonly discoveredLabels: Labels; readonly reason: string };

/** What a target's labels get from its scrape config. */
export type TargetDefaults = Pick<
  ScrapePoolConfig,
  'job_name' | 'scrape_interval' | 'scrape_timeout' | 'metrics_path' | 'scheme' | 'params'
>;

/** A URL as a target is the most common mistake, unless relabelling makes a parameter of it, as for a blackbox exporter. */
const URL_REMEDY =
  'write host:port, and put the scheme and path into scheme and metrics_path, or make it a parameter of a probe by relabel_configs';
const PARAM_PREFIX = '__param_';

/** From discovered labels to a target: defaults, relabelling, checks. Source: Prometheus documentation, `relabel_config`. */
export function describeTarget(
  discovered: ReadonlyMap<string, string>,
  config: TargetDefaults,
  relabeler: Relabeler,
): TargetOutcome {
  const labels = new Map(discovered);
  const fallback = (name: string, value: string): void => {
    if (!labels.get(name)) labels.set(name, value);
  };
  fallback('job', config.job_name);
  fallback('__scrape_interval__', formatDuration(config.scrape_interval));
  fallback('__scrape_timeout__', formatDuration(config.scrape_timeout));
  fallback('__metrics_path__', config.metrics_path);
  fallback('__scheme__', config.scheme);
  for (const [name, values] of Object.entries(config.params)) if (values[0]) labels.set(PARAM_PREFIX + name, values[0]);
  const discoveredLabels = Labels.fromMap(labels);
  if (!relabeler.apply(labels)) return { kind: 'dropped', discoveredLabels };

  const invalid = (reason: string): TargetOutcome => ({ kind: 'invalid', discoveredLabels, reason });
  const address = labels.get('__address__') ?? '';
  if (address === '') return invalid('no address: __address__ is empty after relabelling');
  if (address.includes('/')) return invalid(`"${address}" is not a valid hostname; ${URL_REMEDY}`);
  const scheme = labels.get('__scheme__') ?? '';
  if (scheme !== 'http' && scheme !== 'https') return invalid(`__scheme__ is "${scheme}"; it must be http or https`);
  const intervalMs = parseDuration(labels.get('__scrape_interval__') ?? '');
  const timeoutMs = parseDuration(labels.get('__scrape_timeout__') ?? '');
  if (!intervalMs) return invalid('__scrape_interval__ is not a duration above zero');
  if (!timeoutMs) return invalid('__scrape_timeout__ is not a duration above zero');
  if (timeoutMs > intervalMs)
    return invalid(
      `scrape timeout ${formatDuration(timeoutMs)} is greater than the scrape interval ${formatDuration(intervalMs)}`,
    );
  const url = targetUrl(scheme, address, labels, config);
  if (url === undefined) return invalid(`"${address}" is not a valid hostname; write host:port`);

  fallback('instance', address);
  for (const name of labels.keys()) if (name.startsWith('__')) labels.delete(name);
  return { kind: 'active', target: { discoveredLabels, labels: Labels.fromMap(labels), url, intervalMs, timeoutMs } };
}

function targetUrl(
  scheme: string,
  address: string,
  labels: ReadonlyMap<string, string>,
  config: TargetDefaults,
): URL | undefined {
  const path = labels.get('__metrics_path__') ?? '';
  const text = `${scheme}://${address}${path === '' || path.startsWith('/') ? path : `/${path}`}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // What someone wrote into the address before "@" must not travel in a URL that the targets page shows.
  if (url.username !== '' || url.password !== '') return undefined;
  const params = new Map(Object.entries(config.params).map(([name, values]) => [name, [...values]]));
  for (const [name, value] of labels) {
    if (!name.startsWith(PARAM_PREFIX)) continue;
    const key = name.slice(PARAM_PREFIX.length);
    const values = params.get(key);
    if (values && values.length > 0) values[0] = value;
    else params.set(key, [value]);
  }
  for (const [name, values] of params) for (const value of values) url.searchParams.append(name, value);
  return url;
}
