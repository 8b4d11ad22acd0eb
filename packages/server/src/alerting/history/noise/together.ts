import type { AlertNoisePair } from '@vedette/wire/http';
import { type Database, fragment, sql, stringList } from '../../../clickhouse/index.ts';
import { commaList, timeSql } from '../matcher-sql.ts';
import { Cells } from '../reader.ts';
import type { NoiseRequest } from './request.ts';

/** Two rules that begin to fire in the same window fire together. */
export const WINDOW_SECONDS = 300;
/** Of the loudest rules; each pair of them is looked at. */
const RULES_COMPARED_MAX = 100;
const PAIRS_MAX = 50;
/** Fewer common windows may be chance. */
export const BOTH_MIN = 5;
export const LIFT_MIN = 3;
/** A label counts as equal when its values are in so many of the common windows. */
const EQUAL_SHARE_MIN = 0.95;
/** Says nothing about where it happens. */
const NOT_PLACES = ['alertname', 'severity'];
const TIMEOUT_MS = 30_000;

/** Pairs of rules that fire together more often than chance. `first` is the one that more often fires when the other does. */
export async function firedTogether(
  database: Database,
  { startMs, endMs }: NoiseRequest,
  signal: AbortSignal,
): Promise<readonly AlertNoisePair[]> {
  const range = fragment(sql`ts >= ${timeSql(startMs)} AND ts <= ${timeSql(endMs)} AND state = 'firing'`);
  const bucket = fragment(sql`intDiv(toUnixTimestamp(ts), ${WINDOW_SECONDS})`);
  const loudest = fragment(
    sql`SELECT alertname FROM alert_history WHERE ${range} GROUP BY alertname ORDER BY count() DESC LIMIT ${RULES_COMPARED_MAX}`,
  );
  const windows = fragment(
    sql`SELECT alertname, ${bucket} AS bucket FROM alert_history WHERE ${range} AND alertname IN (${loudest}) GROUP BY alertname, bucket`,
  );
  const counts = fragment(sql`SELECT alertname, count() AS n FROM (${windows}) GROUP BY alertname`);
  const total = Math.max(1, Math.floor((endMs - startMs) / (WINDOW_SECONDS * 1000)));
  const statement = sql`SELECT l, r, toUInt32(both) AS both, toUInt32(ln.n) AS left_fires, toUInt32(rn.n) AS right_fires,
      both * ${total} / (toFloat64(ln.n) * rn.n) AS lift
    FROM (
      SELECT a.alertname AS l, b.alertname AS r, count() AS both FROM (${windows}) AS a INNER JOIN (${windows}) AS b ON a.bucket = b.bucket
      WHERE a.alertname < b.alertname GROUP BY l, r HAVING both >= ${BOTH_MIN}
    ) AS pairs
    INNER JOIN (${counts}) AS ln ON ln.alertname = l INNER JOIN (${counts}) AS rn ON rn.alertname = r
    WHERE lift >= ${LIFT_MIN} ORDER BY both * lift DESC, l, r LIMIT ${PAIRS_MAX}`;
  const pairs: Omit<AlertNoisePair, 'equal'>[] = [];
  for await (const block of database.query(statement, { timeoutMs: TIMEOUT_MS, lane: 'long' }, signal)) {
    for (let row = 0; row < block.rows; row++) {
      const cells = new Cells(block, row);
      const left = { name: cells.text('l'), fires: cells.number('left_fires') };
      const right = { name: cells.text('r'), fires: cells.number('right_fires') };
      // The rarer of the two is nearly always accompanied by the other: the other may explain it.
      const [first, second] = left.fires >= right.fires ? [left, right] : [right, left];
      const both = cells.number('both');
      pairs.push({
        first: first.name,
        second: second.name,
        both,
        firstFires: first.fires,
        secondFires: second.fires,
        lift: cells.number('lift'),
        shareOfSecond: both / second.fires,
      });
    }
  }
  if (pairs.length === 0) return [];
  const names = fragment(stringList(new Set(pairs.flatMap(({ first, second }) => [first, second]))));
  const pairList = commaList(pairs.map(({ first, second }) => fragment(sql`(${first}, ${second})`)));
  const places =
    fragment(sql`SELECT DISTINCT alertname, ${bucket} AS bucket, label.1 AS name, label.2 AS value FROM alert_history
    ARRAY JOIN arrayZip(mapKeys(labels), mapValues(labels)) AS label
    WHERE ${range} AND alertname IN (${names}) AND name NOT IN (${fragment(stringList(NOT_PLACES))})`);
  const equalStatement = sql`SELECT a.alertname AS l, b.alertname AS r, a.name AS label_name, toUInt32(uniqExact(a.bucket)) AS windows
    FROM (${places}) AS a INNER JOIN (${places}) AS b ON a.bucket = b.bucket AND a.name = b.name AND a.value = b.value
    WHERE (a.alertname, b.alertname) IN (${pairList}) GROUP BY l, r, label_name ORDER BY label_name`;
  const equal = new Map<string, { readonly name: string; readonly windows: number }[]>();
  for await (const block of database.query(equalStatement, { timeoutMs: TIMEOUT_MS, lane: 'long' }, signal)) {
    for (let row = 0; row < block.rows; row++) {
      const cells = new Cells(block, row);
      const key = JSON.stringify([cells.text('l'), cells.text('r')]);
      equal.set(key, [...(equal.get(key) ?? []), { name: cells.text('label_name'), windows: cells.number('windows') }]);
    }
  }
  return pairs.map((pair) => ({
    ...pair,
    equal: (equal.get(JSON.stringify([pair.first, pair.second])) ?? [])
      .filter(({ windows: common }) => common >= pair.both * EQUAL_SHARE_MIN)
      .map(({ name }) => name),
  }));
}
