import type { AlertNoiseRule } from '@vedette/wire/http';
import { type Database, fragment, numbersFromUint64, sql } from '../../../clickhouse/index.ts';
import { rfc3339 } from '../../fingerprint.ts';
import { commaList, timeSql } from '../matcher-sql.ts';
import { Cells } from '../reader.ts';
import { nightSql } from './night-sql.ts';
import type { NoiseRequest } from './request.ts';

export const RULES_MAX = 200;
/** An alert that comes back sooner than this flaps. */
export const FLAP_MS = 15 * 60_000;
/** A fire that ends sooner than this, by itself, was hardly worth a page. */
export const SHORT_MS = 5 * 60_000;
/** Extra `for` that proposals choose from. */
export const FOR_STEPS_MS = [60_000, 120_000, 300_000, 600_000, 900_000] as const;
const TIMEOUT_MS = 30_000;

/** A rule's figures, and what proposals need besides. */
export interface RuleNoise {
  readonly rule: AlertNoiseRule;
  /** Fires that ended within each of FOR_STEPS_MS and that nobody acknowledged. */
  readonly endedWithin: readonly number[];
  /** Fires at night that somebody acknowledged. */
  readonly nightAcknowledged: number;
  /** Of the values at firing; NaN when there is no finite one. */
  readonly value: { readonly low: number; readonly median: number; readonly high: number; readonly different: number };
}

/** Every rule that fired in the time, loudest first. */
export async function ruleNoise(
  database: Database,
  { startMs, endMs, night }: NoiseRequest,
  signal: AbortSignal,
): Promise<readonly RuleNoise[]> {
  const range = fragment(sql`ts >= ${timeSql(startMs)} AND ts <= ${timeSql(endMs)}`);
  const within = commaList(
    FOR_STEPS_MS.map((ms) => fragment(sql`countIf(ended AND NOT was_acknowledged AND lasted_ms < ${ms})`)),
  );
  // A fire and the end that belongs to it are neighbours among the alert's own events.
  const statement = sql`SELECT alertname, rule_group, rule_file,
      toUInt32(count()) AS fires,
      toUInt32(uniqExact(fingerprint)) AS alerts,
      toUInt32(countIf(is_flap)) AS flaps,
      toUInt32(countIf(is_night)) AS night_fires,
      toUInt32(countIf(is_night AND was_acknowledged)) AS night_acknowledged,
      toUInt32(countIf(ended AND lasted_ms <= ${SHORT_MS} AND NOT was_acknowledged)) AS short_fires,
      quantileExactIf(0.5)(toFloat64(lasted_ms), ended) AS median_ms,
      quantileExactIf(0.9)(toFloat64(lasted_ms), ended) AS p90_ms,
      quantileExactIf(0.9)(toFloat64(gap_ms), is_flap) AS flap_gap_ms,
      toUInt32(countIf(was_acknowledged)) AS acknowledged,
      toUInt32(countIf(was_muted)) AS muted,
      max(ts) AS last_fire,
      quantileIf(0.1)(value, isFinite(value)) AS value_low,
      quantileIf(0.5)(value, isFinite(value)) AS value_median,
      quantileIf(0.9)(value, isFinite(value)) AS value_high,
      toUInt32(uniqIf(value, isFinite(value))) AS value_different,
      arrayMap(n -> toString(n), [${within}]) AS ended_within,
      toUInt32(any(pending_only)) AS pending_only,
      toUInt32(any(notifications)) AS notifications
    FROM (
      SELECT *, toUnixTimestamp64Milli(ts) AS ms,
        previous_state = 'resolved' AND ms - previous_ms < ${FLAP_MS} AS is_flap,
        ms - previous_ms AS gap_ms,
        next_state = 'resolved' AS ended,
        next_ms - ms AS lasted_ms,
        ${nightSql(night)} AS is_night,
        (fingerprint, starts_at) IN (SELECT fingerprint, starts_at FROM alert_history WHERE ${range} AND state = 'acknowledged') AS was_acknowledged,
        (fingerprint, starts_at) IN (SELECT fingerprint, starts_at FROM alert_history WHERE ${range} AND state = 'muted') AS was_muted
      FROM (
        SELECT ts, state, fingerprint, alertname, rule_group, rule_file, starts_at, value,
          lagInFrame(toString(state)) OVER w AS previous_state,
          lagInFrame(toUnixTimestamp64Milli(ts)) OVER w AS previous_ms,
          leadInFrame(toString(state)) OVER w AS next_state,
          leadInFrame(toUnixTimestamp64Milli(ts)) OVER w AS next_ms
        FROM alert_history
        WHERE ${range} AND (state = 'firing' OR (state = 'resolved' AND toUnixTimestamp64Milli(fired_at) != 0))
        WINDOW w AS (PARTITION BY fingerprint, rule_group, rule_file ORDER BY ts, seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
      ) WHERE state = 'firing'
    ) AS fired
    LEFT JOIN (
      SELECT alertname, rule_group, rule_file, count() AS pending_only FROM alert_history
      WHERE ${range} AND state = 'resolved' AND toUnixTimestamp64Milli(fired_at) = 0 GROUP BY alertname, rule_group, rule_file
    ) AS pending USING (alertname, rule_group, rule_file)
    LEFT JOIN (
      SELECT alertname, count() AS notifications FROM alert_history WHERE ${range} AND state = 'notified' GROUP BY alertname
    ) AS told USING (alertname)
    GROUP BY alertname, rule_group, rule_file ORDER BY fires DESC, alertname, rule_group, rule_file LIMIT ${RULES_MAX}`;
  const rules: RuleNoise[] = [];
  for await (const block of database.query(statement, { timeoutMs: TIMEOUT_MS, lane: 'long' }, signal))
    for (let row = 0; row < block.rows; row++) rules.push(noiseOf(new Cells(block, row)));
  return rules;
}

function noiseOf(cells: Cells): RuleNoise {
  const seconds = (column: string): number | null => {
    const ms = cells.number(column);
    return Number.isFinite(ms) ? ms / 1000 : null;
  };
  const flaps = cells.number('flaps');
  return {
    rule: {
      name: cells.text('alertname'),
      group: cells.text('rule_group'),
      file: cells.text('rule_file'),
      fires: cells.number('fires'),
      alerts: cells.number('alerts'),
      flaps,
      pendingOnly: cells.number('pending_only'),
      nightFires: cells.number('night_fires'),
      shortFires: cells.number('short_fires'),
      medianSeconds: seconds('median_ms'),
      p90Seconds: seconds('p90_ms'),
      flapGapP90Seconds: flaps === 0 ? null : seconds('flap_gap_ms'),
      acknowledged: cells.number('acknowledged'),
      muted: cells.number('muted'),
      notifications: cells.number('notifications'),
      lastFire: rfc3339(cells.number('last_fire')),
    },
    endedWithin: (cells.value('ended_within') as readonly string[]).map(Number),
    nightAcknowledged: cells.number('night_acknowledged'),
    value: {
      low: cells.number('value_low'),
      median: cells.number('value_median'),
      high: cells.number('value_high'),
      different: cells.number('value_different'),
    },
  };
}

/** Acknowledgements in the time: where nobody acknowledges anything, "never acknowledged" says nothing. */
export async function acknowledgementCount(
  database: Database,
  { startMs, endMs }: NoiseRequest,
  signal: AbortSignal,
): Promise<number> {
  const statement = sql`SELECT count() AS n FROM alert_history
    WHERE ts >= ${timeSql(startMs)} AND ts <= ${timeSql(endMs)} AND state = 'acknowledged'`;
  let count = 0;
  for await (const block of database.query(statement, { timeoutMs: TIMEOUT_MS }, signal))
    count = numbersFromUint64(block.columns[0]?.data as BigUint64Array)[0] ?? 0;
  return count;
}
