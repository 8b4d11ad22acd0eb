import type { UnixMs } from '../../../base/clock.ts';
import { Labels } from '../../../model/labels.ts';
import type { IncomingAlert } from '../../room.ts';
import { parseDateTime } from './date-time.ts';
import { isRecord, unreadable, wrongType } from './json-body.ts';
import { INVALID_TYPE, OpenApiFault, required } from './open-api-fault.ts';

export interface PostedAlerts {
  readonly valid: readonly IncomingAlert[];
  /** What is wrong with the others, in upstream's words. */
  readonly faults: readonly string[];
}

interface WrittenAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string;
}

/**
 * The body of `POST /alerts`. The shape of all must be right (OpenApiFault); of the rest each alert stands for itself. Source:
 * Alertmanager, api/v2, postAlertsHandler.
 */
export function postedAlerts(body: unknown, at: UnixMs, resolveTimeoutMs: number): PostedAlerts {
  if (!Array.isArray(body)) throw wrongType('alerts', body, 'value', 'models.PostableAlerts');
  const written = body.map((alert: unknown, i) => writtenAlert(alert, i));
  const valid: IncomingAlert[] = [];
  const faults: string[] = [];
  for (const alert of written) {
    const startsAtMs = alert.startsAtMs ?? alert.endsAtMs ?? at;
    const endsAtMs = alert.endsAtMs ?? at + resolveTimeoutMs;
    const labels = Labels.fromObject(alert.labels);
    const fault = faultOf(alert, labels, startsAtMs, endsAtMs);
    if (fault !== undefined) faults.push(fault);
    else
      valid.push({
        labels,
        annotations: alert.annotations,
        startsAtMs,
        endsAtMs,
        resolved: endsAtMs <= at,
        generatorUrl: alert.generatorUrl,
      });
  }
  return { valid, faults };
}

/** Source: prometheus/common, model.Alert.Validate. */
function faultOf(alert: WrittenAlert, labels: Labels, startsAtMs: number, endsAtMs: number): string | undefined {
  if (endsAtMs < startsAtMs) return 'start time must be before end time';
  const label = labelFault(labels);
  if (label !== undefined) return `invalid label set: ${label}`;
  if (labels.size === 0) return 'at least one label pair required';
  const annotation = labelFault(Object.entries(alert.annotations));
  return annotation === undefined ? undefined : `invalid annotations: ${annotation}`;
}

function labelFault(pairs: Iterable<readonly [string, string]>): string | undefined {
  for (const [name, value] of pairs) {
    if (name === '' || !name.isWellFormed()) return `invalid name ${JSON.stringify(name)}`;
    if (!value.isWellFormed()) return `invalid value ${JSON.stringify(value)}`;
  }
  return undefined;
}

function writtenAlert(alert: unknown, i: number): WrittenAlert {
  if (alert === null) throw required(String(i));
  if (!isRecord(alert)) throw wrongType('alerts', alert, 'value', 'models.PostableAlert');
  const endsAtMs = momentOf(alert['endsAt']);
  const startsAtMs = momentOf(alert['startsAt']);
  const generatorUrl = alert['generatorURL'] ?? '';
  if (typeof generatorUrl !== 'string')
    throw wrongType('alerts', generatorUrl, 'struct field Alert.generatorURL', 'string');
  const annotations = textMap(alert['annotations'], 'annotations');
  if (alert['labels'] === undefined || alert['labels'] === null) throw required(`${i}.labels`);
  const labels = textMap(alert['labels'], 'labels');
  if (generatorUrl !== '' && !isUri(generatorUrl))
    throw new OpenApiFault(
      INVALID_TYPE,
      `${i}.generatorURL in body must be of type uri: ${JSON.stringify(generatorUrl)}`,
    );
  return { labels, annotations, startsAtMs, endsAtMs, generatorUrl };
}

/** Go's url.ParseRequestURI: absolute, or a path. */
function isUri(text: string): boolean {
  return text.startsWith('/')
    ? URL.canParse(text, 'http://host')
    : /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text);
}

function momentOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw wrongType('alerts', value, 'value', 'string');
  const ms = parseDateTime(value);
  if (ms !== undefined && Number.isNaN(ms))
    throw unreadable('alerts', `parsing time ${JSON.stringify(value)}: not RFC 3339`);
  return ms;
}

function textMap(value: unknown, field: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const where = `struct field Alert.${field}`;
  if (!isRecord(value)) throw wrongType('alerts', value, where, 'models.LabelSet');
  for (const text of Object.values(value))
    if (typeof text !== 'string') throw wrongType('alerts', text, where, 'string');
  return value as Readonly<Record<string, string>>;
}
