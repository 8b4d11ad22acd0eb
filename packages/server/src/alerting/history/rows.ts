import type { AlertHistoryState } from '@vedette/wire/http';
import type { Columns } from '../../clickhouse/index.ts';
import { fingerprint } from '../fingerprint.ts';
import type { HistoryEvent } from './event.ts';

/** Texts that come from outside are cut here, in characters; a page shows less. */
export const TEXT_LENGTH_MAX = 2_000;
/** Annotations of one event, in characters of all values together; what is over is left out, longest names last. */
const ANNOTATIONS_LENGTH_MAX = 16_000;
/** A stored time that stands for none. */
const NO_TIME = 0;

/** An event with its place among those of the same millisecond. */
export interface NumberedEvent {
  readonly event: HistoryEvent;
  readonly seq: number;
}

/** Columns of alert_history. */
export function eventColumns(rows: readonly NumberedEvent[], replica: string): Columns {
  const texts = (of: (event: HistoryEvent) => string | undefined): string[] =>
    rows.map(({ event }) => (of(event) ?? '').slice(0, TEXT_LENGTH_MAX));
  const numbers = (of: (event: HistoryEvent) => number | undefined, none: number): Float64Array =>
    Float64Array.from(rows, ({ event }) => of(event) ?? none);
  const text = 'String';
  const few = 'LowCardinality(String)';
  const time = 'DateTime64(3)';
  const map = 'Map(LowCardinality(String), String)';
  return {
    rows: rows.length,
    columns: [
      { name: 'ts', type: time, data: numbers(({ atMs }) => Math.floor(atMs), NO_TIME) },
      { name: 'seq', type: 'UInt32', data: Uint32Array.from(rows, ({ seq }) => seq) },
      { name: 'state', type: few, data: texts(({ state }) => state satisfies AlertHistoryState) },
      {
        name: 'fingerprint',
        type: 'UInt64',
        data: BigUint64Array.from(rows, ({ event }) => BigInt(`0x${fingerprint(event.labels)}`)),
      },
      { name: 'alertname', type: few, data: texts(({ labels }) => labels.get('alertname')) },
      { name: 'labels', type: map, data: rows.map(({ event }) => event.labels.toMap()) },
      { name: 'annotations', type: map, data: rows.map(({ event }) => bounded(event.annotations ?? {})) },
      { name: 'value', type: 'Float64', data: numbers(({ value }) => value, Number.NaN) },
      { name: 'starts_at', type: time, data: numbers(({ startsAtMs }) => Math.floor(startsAtMs), NO_TIME) },
      { name: 'active_at', type: time, data: numbers(({ activeAtMs }) => activeAtMs, NO_TIME) },
      { name: 'fired_at', type: time, data: numbers(({ firedAtMs }) => firedAtMs, NO_TIME) },
      { name: 'rule_file', type: few, data: texts(({ rule }) => rule?.file) },
      { name: 'rule_group', type: few, data: texts(({ rule }) => rule?.group) },
      { name: 'receiver', type: few, data: texts(({ delivery }) => delivery?.receiver) },
      { name: 'integration', type: few, data: texts(({ delivery }) => delivery?.integration) },
      { name: 'group_key', type: text, data: texts(({ delivery }) => delivery?.groupKey) },
      { name: 'told', type: few, data: texts(({ delivery }) => delivery?.told) },
      { name: 'attempts', type: 'UInt32', data: Uint32Array.from(rows, ({ event }) => event.delivery?.attempts ?? 0) },
      { name: 'duration_ms', type: 'Float64', data: numbers(({ delivery }) => delivery?.durationMs, 0) },
      { name: 'answer', type: text, data: texts(({ delivery }) => delivery?.answer) },
      { name: 'mute_by', type: few, data: texts(({ mute }) => mute?.by) },
      { name: 'mute_ids', type: 'Array(String)', data: rows.map(({ event }) => event.mute?.ids ?? []) },
      { name: 'mute_text', type: text, data: texts(({ mute }) => mute?.text) },
      { name: 'who', type: text, data: texts(({ who }) => who) },
      { name: 'comment', type: text, data: texts(({ comment }) => comment) },
      { name: 'replica', type: few, data: rows.map(() => replica) },
    ],
  };
}

function bounded(annotations: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  let left = ANNOTATIONS_LENGTH_MAX;
  for (const [name, value] of Object.entries(annotations)) {
    const cut = value.slice(0, Math.min(TEXT_LENGTH_MAX, left));
    if (cut === '') continue;
    left -= cut.length;
    kept.set(name, cut);
  }
  return kept;
}
