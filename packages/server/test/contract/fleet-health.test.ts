import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Camera,
  CameraAnswer,
  CameraEventsAnswer,
  FleetCausesAnswer,
  FleetGroupsAnswer,
  LedgerAnswer,
  WallAnswer,
} from '@vedette/wire/http';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { VedetteError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { sql } from '../../src/clickhouse/index.ts';
import { type FleetHealth, healthConfigSchema, openHealth } from '../../src/fleet/health/index.ts';
import { type OpenedMetricStore, openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { MapInventory } from '../simulation/fleet-map.ts';
import { type TemporaryDatabase, temporaryDatabase } from './temporary-database.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 2, 12);

function fleet(count: number): Camera[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `cam-${i}`,
    name: `Gate ${i}`,
    site: i < 20 ? 'north' : 'south',
    recorder: `nvr-${i % 2}`,
    switch: `SW-${Math.floor(i / 10)}`,
    class: 'traffic',
    expected: { frames_per_second: 25 },
    source: 'file' as const,
  }));
}

describe('what is known about cameras, over HTTP', () => {
  let under: TemporaryDatabase;
  let walPath: string;
  let nowMs = START;
  /** Writers linger in real time; only what the time is belongs to the test. */
  const clock = Object.assign(Object.create(new SystemClock()) as SystemClock, { now: () => unixMs(nowMs) });
  let store: OpenedMetricStore;
  let inventory: MapInventory;
  let health: FleetHealth;
  let registry: Registry;
  let app: FastifyInstance;
  const warnings: unknown[] = [];
  const told = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    warn: (...words: unknown[]) => warnings.push(words),
    error: (...words: unknown[]) => warnings.push(words),
  });

  beforeAll(async () => {
    under = await temporaryDatabase();
    walPath = await mkdtemp(join(tmpdir(), 'vedette-fleet-'));
  });
  afterAll(async () => {
    await under.remove();
    await rm(walPath, { recursive: true, force: true });
  });
  beforeEach(async () => {
    nowMs += 30 * 24 * HOUR;
    store = openMetricStore(
      { database: under.database, clock, logger: silentLogger, registry: new Registry() },
      {
        hotWindow: { size: 64 * 1024 * 1024, age: 24 * HOUR },
        seriesMax: 100_000,
        retentionMs: 20 * 24 * HOUR,
        diskHeadroomBytes: 0,
        logPath: join(walPath, String(nowMs)),
      },
    );
    await store.start();
    inventory = new MapInventory(fleet(40));
    await open();
  });
  afterEach(async () => {
    expect(warnings.splice(0)).toEqual([]);
    await close();
    await store.stop(AbortSignal.timeout(5_000));
    await under.database.exec(sql`TRUNCATE TABLE camera_events`);
    await under.database.exec(sql`TRUNCATE TABLE camera_passports`);
  });

  async function open(): Promise<void> {
    registry = new Registry();
    health = openHealth(
      {
        inventory,
        clock,
        logger: told,
        random: seededRandom(3),
        registry,
        database: under.database,
        sink: store,
        selector: store,
        probes: {
          view: (id) =>
            id === 'cam-1'
              ? { atMs: nowMs, mode: 'cheap', verdict: 'The camera does not answer', phases: [] }
              : undefined,
        },
      },
      { settings: healthConfigSchema.parse(undefined), sampleRetentionMs: () => 20 * 24 * HOUR },
    );
    await health.start();
    app = Fastify();
    app.setErrorHandler((error, _request, reply) => {
      const status = error instanceof VedetteError ? error.status : 500;
      return reply.code(status).send({ error: (error as Error).message });
    });
    await app.register(health.plugin);
  }

  async function close(): Promise<void> {
    await app.close();
    await health.stop(AbortSignal.timeout(5_000));
  }

  async function get<Answer>(path: string): Promise<Answer> {
    if (path.startsWith('cameras/')) await health.flush();
    const response = await app.inject({ method: 'GET', url: `/api/vedette/fleet/${path}` });
    expect(response.statusCode, response.body).toBe(200);
    return response.json<Answer>();
  }

  async function append(
    rows: readonly (readonly [name: string, labels: Record<string, string>, value: number])[],
  ): Promise<void> {
    await health.sink.append({
      series: rows.map(([name, labels]) => Labels.fromObject({ __name__: name, ...labels })),
      seriesIndex: Uint32Array.from(rows.keys()),
      timestampMs: new Float64Array(rows.length).fill(nowMs),
      value: Float64Array.from(rows, ([, , value]) => value),
    });
  }

  /** One round of probes: those in `failing` fail for the reason. */
  async function round(failing: ReadonlyMap<string, string> = new Map(), fps = 25): Promise<void> {
    const said = new Set<string>();
    await append(
      inventory.cameras().flatMap(({ id }) => {
        const labels = { camera_id: id };
        const reason = failing.get(id);
        if (reason !== undefined) said.add(id);
        return [
          ['camera_probe_success', labels, reason === undefined ? 1 : 0],
          ['camera_probe_last_timestamp_seconds', labels, nowMs / 1_000],
          ['camera_frames_per_second', labels, fps + (nowMs % 7) / 10],
          ['camera_stream_info', { ...labels, codec: 'h264', width: '1920', height: '1080', transport: 'tcp' }, 1],
          ...(reason === undefined ? [] : [['camera_probe_failure', { ...labels, reason }, 1] as const]),
        ] as [string, Record<string, string>, number][];
      }),
    );
    health.look();
    nowMs += MINUTE;
  }

  const state = (wall: WallAnswer, row: number): string => wall.words[wall.state[row] as number] as string;

  it('answers the whole wall, then what changed since', async () => {
    await round();
    const whole = await get<WallAnswer>('wall');
    expect(whole.whole).toBe(true);
    expect(whole.id).toHaveLength(40);
    expect(whole.counts.ok).toBe(40);
    expect(whole.id.map((_, row) => state(whole, row))).toEqual(whole.id.map(() => 'ok'));
    const none = await get<WallAnswer>(`wall?since=${whole.version}`);
    expect(none).toMatchObject({ whole: false, id: [], removed: [], version: whole.version });

    const failing = new Map([['cam-7', 'credentials']]);
    await round(failing);
    expect(await get<WallAnswer>(`wall?since=${whole.version}`)).toMatchObject({ id: [] });
    expect((await get<CameraAnswer>('cameras/cam-7')).status.suspicion).toContain('One probe failed');
    await round(failing);
    const delta = await get<WallAnswer>(`wall?since=${whole.version}`);
    expect(delta).toMatchObject({ whole: false, id: ['cam-7'] });
    expect(state(delta, 0)).toBe('credentials');
    expect(delta.words[delta.reason[0] as number]).toBe('The camera rejects the credentials');
    expect(delta.counts).toMatchObject({ ok: 39, credentials: 1 });

    inventory.set(inventory.cameras().filter(({ id }) => id !== 'cam-3'));
    health.look();
    const after = await get<WallAnswer>(`wall?since=${delta.version}`);
    expect(after.removed).toEqual(['cam-3']);
    // Versions of another process, or of the future: start anew.
    expect((await get<WallAnswer>('wall?since=1')).whole).toBe(true);
    expect((await get<WallAnswer>(`wall?since=${after.version + 10_000}`)).whole).toBe(true);
  });

  it('shows one card for a switch, and the unrelated camera beside it', async () => {
    await round();
    const failing = new Map<string, string>(
      [...Array(10).keys()].slice(1).map((i): [string, string] => [`cam-${i}`, 'unreachable']),
    );
    failing.set('cam-25', 'timeout');
    await round(failing);
    await round(failing);
    const wall = await get<WallAnswer>('wall');
    expect(wall.causes).toHaveLength(1);
    expect(wall.causes[0]).toMatchObject({ level: 'switch', name: 'SW-0', site: 'north', affected: 9, total: 10 });
    expect(wall.causes[0]?.reason).toBe('switch SW-0: 9 of 10 cameras give no pictures');
    const kinds = new Map(wall.id.map((id, row) => [id, wall.words[wall.kind[row] as number]]));
    expect(kinds.get('cam-4')).toBe('switch_down');
    expect(kinds.get('cam-25')).toBe('offline');
    expect(wall.cause[wall.id.indexOf('cam-4')]).toBe(0);
    expect(wall.cause[wall.id.indexOf('cam-25')]).toBe(-1);
    expect((await get<FleetCausesAnswer>('causes')).causes).toEqual(wall.causes);

    const camera = await get<CameraAnswer>('cameras/cam-4');
    expect(camera.status.troubles.map(({ kind }) => kind)).toEqual(['switch_down', 'offline']);
    expect(camera.cause?.name).toBe('SW-0');
    expect(camera.neighbours).toHaveLength(9);
    const { groups } = await get<FleetGroupsAnswer>('groups?by=switch');
    expect(groups[0]).toMatchObject({ name: 'SW-0', state: 'offline', total: 10, counts: { offline: 9, ok: 1 } });

    await round();
    expect((await get<WallAnswer>('wall')).causes).toEqual([]);
    const page = await health.collector.collect(AbortSignal.timeout(1_000));
    expect(page).toContain(
      'camera_state{camera_id="cam-4",site="north",recorder="nvr-0",switch="SW-0",class="traffic",state="ok"} 1',
    );
    expect(page).not.toContain('fleet_cause_cameras');
  });

  it('tells of a camera its figures, passport, probe and timeline, also after a restart', async () => {
    await round();
    const down = new Map([['cam-1', 'timeout']]);
    await round(down);
    await round(down);
    await round();
    const before = await get<CameraAnswer>('cameras/cam-1');
    expect(before.probe?.verdict).toBe('The camera does not answer');
    expect(before.figures.find(({ name }) => name === 'Frame rate')).toMatchObject({
      expected: 25,
      query: 'camera_frames_per_second{camera_id="cam-1"}',
    });
    expect(before.passport).toMatchObject([{ codec: 'h264', width: 1920, height: 1080, transport: 'tcp' }]);
    const { events } = await get<CameraEventsAnswer>('cameras/cam-1/events?from=1d');
    expect(events.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      ['offline', 'ok', undefined],
      ['ok', 'offline', 'offline'],
      ['unknown', 'ok', undefined],
    ]);
    expect((await get<CameraEventsAnswer>('cameras/cam-1/events?limit=1')).events).toHaveLength(1);

    await close();
    await open();
    // What was known holds, with its beginning, and the newest samples of the store are read again.
    const after = await get<CameraAnswer>('cameras/cam-1');
    expect(after.status).toMatchObject({ state: 'ok', sinceMs: before.status.sinceMs });
    health.look();
    expect((await get<CameraEventsAnswer>('cameras/cam-1/events')).events).toHaveLength(3);
    expect((await get<CameraAnswer>('cameras/cam-1')).figures.length).toBeGreaterThan(0);
  });

  it('a camera that was lost for another reason meanwhile is lost since the beginning, also after a restart', async () => {
    await round();
    for (const reason of ['timeout', 'timeout', 'path', 'path', 'path']) await round(new Map([['cam-1', reason]]));
    const before = await get<CameraAnswer>('cameras/cam-1');
    const { events } = await get<CameraEventsAnswer>('cameras/cam-1/events?from=1d');
    expect(events.map(({ from, to, kind }) => [from, to, kind]).slice(0, 2)).toEqual([
      ['offline', 'offline', 'path'],
      ['ok', 'offline', 'offline'],
    ]);
    expect(before.status.sinceMs).toBeLessThan(events[0]?.atMs ?? 0);
    await close();
    await open();
    const after = await get<CameraAnswer>('cameras/cam-1');
    expect(after.status).toMatchObject({ state: 'offline', sinceMs: events[1]?.atMs });
  });

  it('counts recorded minutes, and gives the reason of every gap', async () => {
    const from = nowMs;
    // Ten minutes recorded, five lost with the camera, five where only the recorder stopped, ten recorded.
    let segmentMs = nowMs;
    for (let minute = 0; minute < 30; minute++) {
      const down = minute >= 10 && minute < 15;
      if (minute < 10 || minute >= 20) segmentMs = nowMs;
      await append([['camera_recording_last_segment_timestamp_seconds', { camera_id: 'cam-2' }, segmentMs / 1_000]]);
      await round(down ? new Map([['cam-2', 'timeout']]) : new Map());
    }
    const to = nowMs;
    const ledger = await get<LedgerAnswer>(`cameras/cam-2/ledger?from=${from / 1_000}&to=${to / 1_000}`);
    // Until the end of the last segment: the one that is being written is no gap.
    expect(ledger).toMatchObject({ expectedMinutes: 29, toMs: to - MINUTE });
    expect(ledger.recordedMinutes).toBeGreaterThanOrEqual(17);
    expect(ledger.recordedMinutes).toBeLessThanOrEqual(19);
    const gaps = ledger.gaps.filter(({ minutes }) => minutes > 1);
    expect(gaps.map(({ kind }) => kind)).toContain('offline');
    expect(gaps.map(({ kind }) => kind)).toContain('recording_gap');
    const sum = ledger.gaps.reduce((minutes, gap) => minutes + gap.minutes, 0);
    expect(sum + ledger.recordedMinutes).toBeCloseTo(29, 0);
    expect(ledger.hours?.reduce((minutes, hour) => minutes + hour.recordedMinutes, 0)).toBeCloseTo(
      ledger.recordedMinutes,
      1,
    );

    const none = await get<LedgerAnswer>(`cameras/cam-9/ledger?from=${from / 1_000}&to=${to / 1_000}`);
    expect(none).toMatchObject({ recordedMinutes: 0, gaps: [{ minutes: 30 }] });
    expect(none.gaps[0]?.kind).toBeUndefined();
  });

  it('events and passports that wait for the database are counted apart', async () => {
    const page = await registry.metrics();
    for (const writer of ['camera_events', 'camera_passports'])
      expect(page).toContain(`vedette_storage_queued_rows{writer="${writer}"} 0`);
  });

  it('refuses what it does not understand, by name', async () => {
    await round();
    const refused = async (path: string, status: number): Promise<string> => {
      const response = await app.inject({ method: 'GET', url: `/api/vedette/fleet/${path}` });
      expect(response.statusCode).toBe(status);
      return response.json<{ error: string }>().error;
    };
    expect(await refused('wall?since=-1', 400)).toContain('"since"');
    expect(await refused('groups?by=colour', 400)).toContain('"by"');
    expect(await refused('cameras/nobody', 404)).toContain('nobody');
    expect(await refused('cameras/cam-1/events?from=tomorrow', 400)).toContain('"from"');
    expect(await refused('cameras/cam-1/ledger?from=90d', 400)).toContain('31 days');
  });
});
