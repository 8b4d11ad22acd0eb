import type { AlertNoiseReceiver } from '@vedette/wire/http';
import { type Database, fragment, sql } from '../../../clickhouse/index.ts';
import { timeSql } from '../matcher-sql.ts';
import { Cells } from '../reader.ts';
import { nightSql } from './night-sql.ts';
import type { NoiseRequest } from './request.ts';

const RECEIVERS_MAX = 200;
const TOP_RULES_MAX = 5;
const TIMEOUT_MS = 30_000;

/** What each integration of each receiver got; events of one message share their time and group. */
export async function receiverNoise(
  database: Database,
  { startMs, endMs, night }: NoiseRequest,
  signal: AbortSignal,
): Promise<readonly AlertNoiseReceiver[]> {
  const range = fragment(sql`ts >= ${timeSql(startMs)} AND ts <= ${timeSql(endMs)}`);
  const messages =
    fragment(sql`SELECT receiver, integration, ts, group_key, state, count() AS alerts, groupUniqArray(100)(alertname) AS names,
      ${nightSql(night)} AS is_night
    FROM alert_history WHERE ${range} AND state IN ('notified', 'not-delivered') GROUP BY receiver, integration, ts, group_key, state`);
  const totals = sql`SELECT receiver, integration,
      toUInt32(sum(hour_messages)) AS messages, toUInt32(sum(hour_failed)) AS failed, toUInt32(sum(hour_alerts)) AS alerts,
      toUInt32(sum(hour_night)) AS night_messages, toUInt32(max(hour_messages)) AS busiest
    FROM (
      SELECT receiver, integration, toStartOfHour(ts) AS hour, countIf(state = 'notified') AS hour_messages,
        countIf(state != 'notified') AS hour_failed, sumIf(alerts, state = 'notified') AS hour_alerts,
        countIf(is_night AND state = 'notified') AS hour_night
      FROM (${messages}) GROUP BY receiver, integration, hour
    ) GROUP BY receiver, integration ORDER BY messages DESC, receiver, integration LIMIT ${RECEIVERS_MAX}`;
  const top = sql`SELECT receiver, integration, name, toUInt32(count()) AS messages
    FROM (${messages}) ARRAY JOIN names AS name WHERE state = 'notified'
    GROUP BY receiver, integration, name ORDER BY messages DESC, name LIMIT ${TOP_RULES_MAX} BY receiver, integration`;
  const topRules = new Map<string, { name: string; messages: number }[]>();
  for await (const block of database.query(top, { timeoutMs: TIMEOUT_MS, lane: 'long' }, signal)) {
    for (let row = 0; row < block.rows; row++) {
      const cells = new Cells(block, row);
      const key = JSON.stringify([cells.text('receiver'), cells.text('integration')]);
      const rules = topRules.get(key) ?? [];
      topRules.set(key, [...rules, { name: cells.text('name'), messages: cells.number('messages') }]);
    }
  }
  const receivers: AlertNoiseReceiver[] = [];
  for await (const block of database.query(totals, { timeoutMs: TIMEOUT_MS, lane: 'long' }, signal)) {
    for (let row = 0; row < block.rows; row++) {
      const cells = new Cells(block, row);
      const receiver = cells.text('receiver');
      const integration = cells.text('integration');
      receivers.push({
        receiver,
        integration,
        messages: cells.number('messages'),
        failed: cells.number('failed'),
        alerts: cells.number('alerts'),
        nightMessages: cells.number('night_messages'),
        busiestHour: cells.number('busiest'),
        topRules: topRules.get(JSON.stringify([receiver, integration])) ?? [],
      });
    }
  }
  return receivers;
}
