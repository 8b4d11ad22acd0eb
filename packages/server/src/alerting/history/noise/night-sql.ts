import { type SqlFragment, fragment, sql } from '../../../clickhouse/index.ts';
import type { Night } from './request.ts';

/** Whether `ts` lies in the night. */
export function nightSql({ fromMinute, toMinute, timeZone }: Night): SqlFragment {
  const minute = fragment(sql`(toHour(ts, ${timeZone}) * 60 + toMinute(ts, ${timeZone}))`);
  return fromMinute < toMinute
    ? fragment(sql`(${minute} >= ${fromMinute} AND ${minute} < ${toMinute})`)
    : fragment(sql`(${minute} >= ${fromMinute} OR ${minute} < ${toMinute})`);
}

/** 22:00. */
export function timeOfDay(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
