import type { CameraEvent, CameraState, PassportEntry, TroubleKind } from '@vedette/wire/http';
import { type Columns, type Database, type SqlFragment, fragment, sql } from '../../clickhouse/index.ts';
import type { RestoredState } from '../health/fleet.ts';

/** Events of one answer; more are asked for with an earlier `to`. */
export const EVENTS_MAX = 5_000;
/** Passports of one camera that a page shows, the newest. */
const PASSPORTS_MAX = 200;
const READ_TIMEOUT_MS = 20_000;

/** Changes of one camera in [fromMs, toMs], the newest first. Throws DATABASE_TIMEOUT, DATABASE_UNAVAILABLE. */
export async function readEvents(
  database: Database,
  cameraId: string,
  { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly CameraEvent[]> {
  const statement = sql`SELECT ts, from_state, to_state, kind, reason FROM camera_events
    WHERE camera_id = ${cameraId} AND ts >= ${timeSql(fromMs)} AND ts <= ${timeSql(toMs)} ORDER BY ts DESC, seq DESC LIMIT ${limit}`;
  const events: CameraEvent[] = [];
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS }, signal))
    for (let row = 0; row < block.rows; row++) events.push(eventOf(block, row));
  return events;
}

/** The last change before a time; undefined: none is known. */
export async function readStateBefore(
  database: Database,
  cameraId: string,
  atMs: number,
  signal: AbortSignal,
): Promise<CameraEvent | undefined> {
  const statement = sql`SELECT ts, from_state, to_state, kind, reason FROM camera_events
    WHERE camera_id = ${cameraId} AND ts < ${timeSql(atMs)} ORDER BY ts DESC, seq DESC LIMIT 1`;
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS }, signal))
    if (block.rows > 0) return eventOf(block, 0);
  return undefined;
}

/** The newest state of every camera that has one, since the given time. An event may tell of another reason alone: the state is older then. */
export async function readLastStates(
  database: Database,
  sinceMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RestoredState>> {
  const statement = sql`SELECT camera_id, argMax(to_state, (ts, seq)) AS state,
      if(countIf(from_state != to_state) > 0, maxIf(ts, from_state != to_state), min(ts)) AS since FROM camera_events
    WHERE ts >= ${timeSql(sinceMs)} GROUP BY camera_id`;
  const states = new Map<string, RestoredState>();
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS, lane: 'long' }, signal)) {
    const [ids, last, since] = block.columns.map(({ data }) => data) as [string[], CameraState[], Float64Array];
    for (let row = 0; row < block.rows; row++)
      states.set(ids[row] as string, { state: last[row] as CameraState, sinceMs: since[row] as number });
  }
  return states;
}

/** What a camera's stream said it was, the newest first. */
export async function readPassports(
  database: Database,
  cameraId: string,
  signal: AbortSignal,
): Promise<readonly PassportEntry[]> {
  const statement = sql`SELECT ts, codec, profile, width, height, declared_fps, transport FROM camera_passports
    WHERE camera_id = ${cameraId} ORDER BY ts DESC LIMIT ${PASSPORTS_MAX}`;
  const entries: PassportEntry[] = [];
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS }, signal))
    for (let row = 0; row < block.rows; row++) entries.push(passportOf(cellsOf(block, row)));
  return entries;
}

/** The newest passport of each camera, as one text to compare with. */
export async function readLastPassports(
  database: Database,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PassportEntry>> {
  const statement = sql`SELECT max(ts), argMax(codec, ts), argMax(profile, ts), argMax(width, ts), argMax(height, ts),
      argMax(declared_fps, ts), argMax(transport, ts), camera_id FROM camera_passports GROUP BY camera_id`;
  const entries = new Map<string, PassportEntry>();
  for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS, lane: 'long' }, signal))
    for (let row = 0; row < block.rows; row++) {
      const cells = cellsOf(block, row);
      entries.set(cells[7] as string, passportOf(cells));
    }
  return entries;
}

function passportOf([ts, codec, profile, width, height, fps, transport]: readonly unknown[]): PassportEntry {
  return {
    fromMs: ts as number,
    codec: codec as string,
    ...(profile === '' ? {} : { profile: profile as string }),
    ...(width === 0 ? {} : { width: width as number }),
    ...(height === 0 ? {} : { height: height as number }),
    ...(fps === 0 ? {} : { declaredFps: fps as number }),
    ...(transport === '' ? {} : { transport: transport as string }),
  };
}

function eventOf(block: Columns, row: number): CameraEvent {
  const [ts, from, to, kind, reason] = cellsOf(block, row);
  return {
    atMs: ts as number,
    from: from as CameraState,
    to: to as CameraState,
    ...(kind === '' ? {} : { kind: kind as TroubleKind }),
    reason: reason as string,
  };
}

function cellsOf(block: Columns, row: number): readonly unknown[] {
  return block.columns.map(({ data }) => (data as readonly unknown[])[row]);
}

function timeSql(ms: number): SqlFragment {
  return fragment(sql`fromUnixTimestamp64Milli(toInt64(${Math.floor(ms)}), 'UTC')`);
}
