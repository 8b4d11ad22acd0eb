import type { AlertHistoryAnswer, AlertHistoryEvent } from '@vedette/wire/http';
import {
  type ColumnData,
  type Columns,
  type Database,
  type SqlFragment,
  fragment,
  sql,
  stringList,
} from '../../clickhouse/index.ts';
import { rfc3339 } from '../fingerprint.ts';
import { allOf, matcherSql, timeSql } from './matcher-sql.ts';
import { type HistoryRequest, cursorText } from './request.ts';

/** A page waits for it; a month of a busy fleet takes a fraction of a second. */
const READ_TIMEOUT_MS = 20_000;

/** The events asked for, newest first. Throws DATABASE_TIMEOUT, DATABASE_UNAVAILABLE. */
export async function readHistory(
  database: Database,
  request: HistoryRequest,
  signal: AbortSignal,
): Promise<Pick<AlertHistoryAnswer, 'events' | 'next'>> {
  const { limit } = request;
  const statement = sql`SELECT ts, seq, state, fingerprint, labels, annotations, value, starts_at, active_at, fired_at, alertname, rule_file,
      rule_group, receiver, integration, group_key, told, attempts, duration_ms, answer, mute_by, mute_ids, mute_text, who, comment, replica
    FROM alert_history WHERE ${allOf(conditions(request))} ORDER BY ts DESC, seq DESC LIMIT ${limit + 1}`;
  const events: AlertHistoryEvent[] = [];
  let next: string | null = null;
  let last = { atMs: 0, seq: 0 };
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS }, signal)) {
    for (let row = 0; row < block.rows; row++) {
      if (events.length === limit) {
        next = cursorText(last);
        break;
      }
      const cells = new Cells(block, row);
      events.push(eventOf(cells));
      last = { atMs: cells.number('ts'), seq: cells.number('seq') };
    }
  }
  return { events, next };
}

function conditions(request: HistoryRequest): readonly SqlFragment[] {
  const { startMs, endMs, cursor, states, fingerprint, rule, group, receiver, matchers } = request;
  const all = [fragment(sql`ts >= ${timeSql(startMs)}`), fragment(sql`ts <= ${timeSql(endMs)}`)];
  if (cursor) {
    const at = timeSql(cursor.atMs);
    all.push(fragment(sql`ts <= ${at} AND (ts < ${at} OR seq < ${cursor.seq})`));
  }
  if (states.length > 0) all.push(fragment(sql`state IN (${fragment(stringList(states))})`));
  if (fingerprint !== undefined) all.push(fragment(sql`fingerprint = ${BigInt(`0x${fingerprint}`)}`));
  if (rule !== undefined) all.push(fragment(sql`alertname = ${rule}`));
  if (group !== undefined) all.push(fragment(sql`rule_group = ${group}`));
  if (receiver !== undefined) all.push(fragment(sql`receiver = ${receiver}`));
  return [...all, ...matchers.map(matcherSql)];
}

function eventOf(cells: Cells): AlertHistoryEvent {
  const file = cells.text('rule_file');
  const group = cells.text('rule_group');
  const receiver = cells.text('receiver');
  const mutedBy = cells.text('mute_by');
  return {
    at: rfc3339(cells.number('ts')),
    state: cells.text('state') as AlertHistoryEvent['state'],
    fingerprint: (cells.value('fingerprint') as bigint).toString(16).padStart(16, '0'),
    labels: Object.fromEntries(cells.value('labels') as ReadonlyMap<string, string>),
    annotations: Object.fromEntries(cells.value('annotations') as ReadonlyMap<string, string>),
    value: valueText(cells.text('state'), cells.number('value')),
    startsAt: rfc3339(cells.number('starts_at')),
    activeAt: timeOrNull(cells.number('active_at')),
    firedAt: timeOrNull(cells.number('fired_at')),
    rule: file === '' && group === '' ? null : { file, group, name: cells.text('alertname') },
    delivery:
      receiver === ''
        ? null
        : {
            receiver,
            integration: cells.text('integration'),
            groupKey: cells.text('group_key'),
            told: cells.text('told') === 'resolved' ? 'resolved' : 'firing',
            attempts: cells.number('attempts'),
            seconds: cells.number('duration_ms') / 1000,
            answer: cells.text('answer'),
          },
    mute:
      mutedBy === ''
        ? null
        : { by: mutedBy, ids: [...(cells.value('mute_ids') as readonly string[])], text: cells.text('mute_text') },
    who: cells.text('who') || null,
    comment: cells.text('comment'),
    replica: cells.text('replica'),
  };
}

/** Rules tell a value, which may be NaN; of other events NaN stands for none. */
function valueText(state: string, value: number): string | null {
  if (Number.isNaN(value)) return RULE_STATES.has(state) ? 'NaN' : null;
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

const RULE_STATES: ReadonlySet<string> = new Set(['pending', 'firing', 'resolved']);

function timeOrNull(ms: number): string | null {
  return ms === 0 ? null : rfc3339(ms);
}

/** One row of a block, by names of columns. */
export class Cells {
  readonly #block: Columns;
  readonly #row: number;

  constructor(block: Columns, row: number) {
    this.#block = block;
    this.#row = row;
  }

  value(name: string): unknown {
    const data: ColumnData | undefined = this.#block.columns.find((column) => column.name === name)?.data;
    if (!data || 'ends' in data) throw new Error(`the answer has no column ${name}`);
    return data[this.#row];
  }

  text(name: string): string {
    return this.value(name) as string;
  }

  number(name: string): number {
    return Number(this.value(name));
  }
}
