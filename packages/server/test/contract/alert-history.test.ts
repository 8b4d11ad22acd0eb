import type { AlertHistoryAnswer, AlertNoiseReport } from '@vedette/wire/http';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AlertHistoryRoom, type HistoryEvent, openAlertHistory } from '../../src/alerting/index.ts';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { VedetteError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type Database, sql } from '../../src/clickhouse/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { type TemporaryDatabase, rowsOf, temporaryDatabase } from './temporary-database.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday, midnight UTC. */
const START = Date.UTC(2026, 10, 2);

describe('the history of alerts', () => {
  let under: TemporaryDatabase;
  let clock: VirtualClock;
  let room: AlertHistoryRoom;
  let app: FastifyInstance;
  let registry: Registry;
  let retentionMs = 400 * DAY;
  beforeAll(async () => {
    under = await temporaryDatabase();
  });
  afterAll(() => under.remove());
  beforeEach(async () => {
    retentionMs = 400 * DAY;
    clock = new VirtualClock(START + 7 * DAY);
    await open(under.database);
  });
  afterEach(async () => {
    await app.close();
    await room.stop(AbortSignal.timeout(5_000));
    await under.database.exec(sql`TRUNCATE TABLE alert_history`);
  });

  async function open(database: Database): Promise<void> {
    registry = new Registry();
    room = openAlertHistory(
      // The writer lingers in real time: waiting for the database is no part of what is tested.
      {
        database,
        clock: Object.assign(Object.create(new SystemClock()) as SystemClock, { now: () => clock.now() }),
        logger: silentLogger,
        random: seededRandom(7),
        registry,
      },
      { retentionMs: () => retentionMs, externalLabels: () => ({ site: 'north' }) },
    );
    await room.start();
    app = Fastify();
    app.setErrorHandler((error, _request, reply) => {
      const status = error instanceof VedetteError ? error.status : 500;
      return reply.code(status).send({ error: (error as Error).message });
    });
    await app.register(room.plugin);
  }

  async function get<Answer>(path: string): Promise<Answer> {
    await room.flush();
    const response = await app.inject({ method: 'GET', url: `/api/vedette/alerting/${path}` });
    expect(response.body).not.toContain('"error"');
    return response.json<Answer>();
  }
  const history = (query = ''): Promise<AlertHistoryAnswer> => get(`history?start=0&limit=100${query}`);

  const labelsOf = (name: string, more: Record<string, string> = {}): Labels =>
    Labels.fromObject({ alertname: name, ...more });

  /** A rule's alert from its beginning to its end. */
  async function life(name: string, fromMs: number, lastsMs: number, more: Record<string, string> = {}, value = 1) {
    const base = {
      labels: labelsOf(name, more),
      annotations: { summary: `${name} is down` },
      value,
      rule: { file: 'r.yml', group: 'g', name },
    };
    const pendingMs = fromMs - MINUTE;
    const times = { activeAtMs: pendingMs, firedAtMs: fromMs };
    await room.life.changed(
      [{ ...base, state: 'pending', activeAtMs: pendingMs, firedAtMs: undefined }],
      unixMs(pendingMs),
    );
    await room.life.changed([{ ...base, state: 'firing', ...times }], unixMs(fromMs));
    await room.life.changed([{ ...base, state: 'resolved', ...times }], unixMs(fromMs + lastsMs));
  }

  function told(name: string, atMs: number, startsAtMs: number, more: Partial<HistoryEvent> = {}): HistoryEvent {
    return {
      atMs,
      state: 'notified',
      labels: labelsOf(name, { site: 'north' }),
      startsAtMs,
      delivery: {
        receiver: 'pager',
        integration: 'webhook[0]',
        groupKey: '{}:{}',
        told: 'firing',
        attempts: 2,
        durationMs: 1500,
        answer: 'TICKET-1',
      },
      ...more,
    };
  }

  it('tells the whole life of an alert, newest first, under one fingerprint', async () => {
    const start = START + HOUR;
    await life('CameraDown', start, 10 * MINUTE, { camera: 'c1' }, 0.5);
    const labels = labelsOf('CameraDown', { camera: 'c1', site: 'north' });
    const who = 'ann';
    room.history.record([
      { ...told('CameraDown', start + MINUTE, start), labels },
      {
        atMs: start + 2 * MINUTE,
        state: 'muted',
        labels,
        startsAtMs: start,
        mute: { by: 'silence', ids: ['id-1'], text: 'silenced by ann until noon' },
      },
      { atMs: start + 3 * MINUTE, state: 'acknowledged', labels, startsAtMs: start, who, comment: 'on my way' },
    ]);
    const { events, next, lost } = await history();
    expect(events.map(({ state }) => state)).toEqual([
      'resolved',
      'acknowledged',
      'muted',
      'notified',
      'firing',
      'pending',
    ]);
    expect(new Set(events.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect({ next, lost }).toEqual({ next: null, lost: 0 });
    const [resolved, acknowledged, muted, notified, firing, pending] = events;
    expect(firing).toMatchObject({
      at: '2026-11-02T01:00:00Z',
      labels: { alertname: 'CameraDown', camera: 'c1', site: 'north' },
      annotations: { summary: 'CameraDown is down' },
      value: '0.5',
      startsAt: '2026-11-02T01:00:00Z',
      activeAt: '2026-11-02T00:59:00Z',
      firedAt: '2026-11-02T01:00:00Z',
      rule: { file: 'r.yml', group: 'g', name: 'CameraDown' },
      delivery: null,
      mute: null,
      who: null,
    });
    expect(pending).toMatchObject({ firedAt: null, startsAt: '2026-11-02T00:59:00Z' });
    expect(resolved).toMatchObject({ at: '2026-11-02T01:10:00Z', startsAt: '2026-11-02T01:00:00Z' });
    expect(notified).toMatchObject({
      value: null,
      rule: null,
      delivery: {
        receiver: 'pager',
        integration: 'webhook[0]',
        told: 'firing',
        attempts: 2,
        seconds: 1.5,
        answer: 'TICKET-1',
      },
    });
    expect(muted?.mute).toEqual({ by: 'silence', ids: ['id-1'], text: 'silenced by ann until noon' });
    expect(acknowledged).toMatchObject({ who: 'ann', comment: 'on my way' });
  });

  it('keeps values that are no numbers, and labels of any kind', async () => {
    const hostile = 'a\'b"c\\d\n\u0000ü)`';
    await life('Odd', START, MINUTE, { camera: hostile }, Number.NaN);
    await life('Odd', START + HOUR, MINUTE, { camera: hostile }, -Infinity);
    const all = await history(`&state=firing&filter=${encodeURIComponent(`camera=${JSON.stringify(hostile)}`)}`);
    expect(all.events.map(({ value, labels }) => [value, labels.camera])).toEqual([
      ['-Inf', hostile],
      ['NaN', hostile],
    ]);
  });

  it('finds by matchers, state, rule, group, receiver, fingerprint and time', async () => {
    await life('CameraDown', START + HOUR, MINUTE, { camera: 'cam-1' });
    await life('CameraDown', START + 2 * HOUR, MINUTE, { camera: 'cam-2\nx' });
    await life('DiskFull', START + 3 * HOUR, MINUTE, {});
    room.history.record([told('DiskFull', START + 3 * HOUR, START + 3 * HOUR)]);
    const names = async (query: string): Promise<string[]> =>
      (await history(query)).events.map(({ labels, state }) => `${labels.alertname}/${labels.camera ?? ''}/${state}`);
    const filter = (text: string): string => `&filter=${encodeURIComponent(text)}`;
    expect(await names(`&state=firing${filter('camera=cam-1')}`)).toEqual(['CameraDown/cam-1/firing']);
    expect(await names(`&state=firing${filter('camera!=""')}`)).toHaveLength(2);
    expect(await names(`&state=firing${filter('camera=""')}`)).toEqual(['DiskFull//firing']);
    // As in Prometheus the whole value must match, and the dot takes no line break.
    expect(await names(`&state=firing${filter('camera=~"cam-.*"')}`)).toEqual(['CameraDown/cam-1/firing']);
    expect(await names(`&state=firing${filter('camera=~"am-1"')}`)).toEqual([]);
    expect(await names(`&state=firing${filter('camera!~"cam-1|x"')}${filter('alertname=~"Cam.+|Nothing"')}`)).toEqual([
      'CameraDown/cam-2\nx/firing',
    ]);
    expect(await names('&rule=DiskFull&state=firing,notified')).toHaveLength(2);
    expect(await names('&group=other')).toEqual([]);
    expect(await names('&receiver=pager')).toEqual(['DiskFull//notified']);
    expect(await names(`&end=${(START + 90 * MINUTE) / 1000}&state=firing`)).toEqual(['CameraDown/cam-1/firing']);
    const { fingerprint } = (await history('&rule=DiskFull')).events[0] ?? { fingerprint: '' };
    expect(await names(`&fingerprint=${fingerprint}`)).toHaveLength(4);
  });

  it('gives every event once over pages, even when all are of one moment', async () => {
    room.history.record(
      Array.from({ length: 25 }, (_, i) => ({
        ...told('Many', START, START),
        labels: labelsOf('Many', { n: String(i) }),
      })),
    );
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page++) {
      const answer = await get<AlertHistoryAnswer>(`history?start=0&limit=10${cursor}`);
      seen.push(...answer.events.map(({ labels }) => labels.n ?? ''));
      if (answer.next === null) break;
      cursor = `&cursor=${answer.next}`;
    }
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
  });

  it('refuses what it cannot read, and says what is wrong', async () => {
    const refusals: [string, RegExp][] = [
      ['history?limit=0', /"limit" must be a whole number from 1 to 5000/],
      ['history?state=broken', /"state" must be some of pending/],
      ['history?start=yesterday', /"start" must be RFC 3339/],
      ['history?start=1h&end=2h', /"start" is after "end"/],
      ['history?fingerprint=xyz', /16 hex digits/],
      ['history?cursor=1', /"cursor" must be what "next"/],
      ['history?cursor=1-99999999999', /"cursor"/],
      ['history?rule=a&rule=b', /"rule" must be given once/],
      [`history?filter=${encodeURIComponent('camera=~"("')}`, /"filter".*regexp/],
      ['history?filter=camera', /name="value"/],
      ['noise?days=0', /"days"/],
      ['noise?night=25-26', /"night"/],
      ['noise?time_zone=Mars%2FBase', /"time_zone"/],
      ['noise?time_zone=%2B02:00', /"time_zone"/],
    ];
    for (const [path, message] of refusals) {
      const response = await app.inject({ method: 'GET', url: `/api/vedette/alerting/${path}` });
      expect([path, response.statusCode]).toEqual([path, 400]);
      expect(response.json<{ error: string }>().error).toMatch(message);
    }
  });

  it('drops whole months that are older than retention', async () => {
    await life('Old', Date.UTC(2026, 7, 15), MINUTE);
    await life('New', START, MINUTE);
    await room.flush();
    retentionMs = 40 * DAY;
    await room.stop(AbortSignal.timeout(5_000));
    await app.close();
    await open(under.database);
    const months = (): Promise<unknown[][]> =>
      rowsOf(under.database, sql`SELECT DISTINCT toUInt32(toYYYYMM(ts)) AS m FROM alert_history ORDER BY m`);
    expect(await months()).toEqual([[202608], [202611]]);
    await room.dropOld();
    expect(await months()).toEqual([[202611]]);
  });

  it('counts what is lost when the database stays away, and never makes anybody wait', async () => {
    await room.stop(AbortSignal.timeout(5_000));
    await app.close();
    const { database } = under;
    const refusing: Database = {
      name: database.name,
      kind: database.kind,
      start: async () => undefined,
      stop: async () => undefined,
      info: () => database.info(),
      exec: (statement, signal) => database.exec(statement, signal),
      query: (statement, options, signal) => database.query(statement, options, signal),
      insert: () => Promise.reject(new VedetteError('DATABASE_UNAVAILABLE', 'away')),
    };
    await open(refusing);
    const event = told('Storm', START, START);
    for (let i = 0; i < 25; i++) room.history.record(Array.from({ length: 5_000 }, () => event));
    const answer = await new Promise<AlertHistoryAnswer>((done) => {
      setImmediate(() => {
        void app
          .inject({ method: 'GET', url: '/api/vedette/alerting/history?start=0' })
          .then((response) => done(response.json<AlertHistoryAnswer>()));
      });
    });
    expect(answer.lost).toBe(25_000);
    expect(await registry.getSingleMetricAsString('vedette_alert_history_lost_total')).toContain('25000');
  });

  describe('the noise report', () => {
    const noise = (query = ''): Promise<AlertNoiseReport> => get(`noise?days=7${query}`);

    it('counts fires, flaps, short fires, night fires and what was never acknowledged', async () => {
      const noon = START + 12 * HOUR;
      // Twelve fires of two minutes, five minutes apart: eleven of them flaps.
      for (let i = 0; i < 12; i++) await life('Flappy', noon + i * 7 * MINUTE, 2 * MINUTE, { camera: 'c1' }, i);
      // Three at night in UTC, an hour each, one acknowledged.
      for (let i = 0; i < 3; i++) await life('Night', START + i * DAY + 23 * HOUR, HOUR, { camera: 'c2' });
      const first = START + 23 * HOUR;
      room.history.record([
        told('Night', first, first),
        {
          ...told('Night', first + MINUTE, first),
          state: 'acknowledged',
          labels: labelsOf('Night', { camera: 'c2', site: 'north' }),
        },
      ]);
      // One that never fired.
      const pending = {
        labels: labelsOf('Flappy', { camera: 'c9' }),
        annotations: {},
        value: 1,
        activeAtMs: noon,
        firedAtMs: undefined,
      };
      await room.life.changed(
        [{ ...pending, state: 'resolved', rule: { file: 'r.yml', group: 'g', name: 'Flappy' } }],
        unixMs(noon),
      );
      const report = await noise();
      expect(report.night).toEqual({ from: '22:00', to: '06:00', timeZone: 'UTC' });
      expect(report.rules.map(({ name }) => name)).toEqual(['Flappy', 'Night']);
      expect(report.rules[0]).toMatchObject({
        fires: 12,
        alerts: 1,
        flaps: 11,
        pendingOnly: 1,
        nightFires: 0,
        shortFires: 12,
        medianSeconds: 120,
        flapGapP90Seconds: 300,
        acknowledged: 0,
        notifications: 0,
      });
      expect(report.rules[1]).toMatchObject({
        fires: 3,
        flaps: 0,
        nightFires: 3,
        shortFires: 0,
        acknowledged: 1,
        notifications: 1,
      });
      // Midnight in Tokyo is three in the afternoon in UTC.
      const tokyo = await noise('&time_zone=Asia/Tokyo&night=20:00-23:30');
      expect(tokyo.rules[0]?.nightFires).toBe(12);
      expect(tokyo.rules[1]?.nightFires).toBe(0);
      const kinds = report.proposals.map(({ kind, rule }) => `${kind} ${rule}`);
      expect(kinds).toContain('for Flappy');
      expect(kinds).toContain('keep-firing-for Flappy');
      expect(report.proposals.find(({ kind }) => kind === 'keep-firing-for')).toMatchObject({
        wouldSpare: 9,
        yaml: '- alert: "Flappy"\n  keep_firing_for: 5m\n',
        evidence: expect.stringMatching(/11 of 12 fires in 7 days/) as unknown,
      });
    });

    it('proposes an inhibition for rules that fire together where labels are equal, and none for those that do not', async () => {
      for (let i = 0; i < 10; i++) {
        const at = START + i * 11 * HOUR + 10_000;
        await life('SwitchDown', at, HOUR, { switch: `s${i}` });
        await life('CameraDown', at + 30_000, HOUR, { switch: `s${i}`, camera: `c${i}` });
        await life('Backup', at + 3 * HOUR, HOUR, { host: `h${i}` });
      }
      await life('SwitchDown', START + 5 * HOUR, HOUR, { switch: 's0' });
      const report = await noise();
      expect(report.together).toHaveLength(1);
      expect(report.together[0]).toMatchObject({
        first: 'SwitchDown',
        second: 'CameraDown',
        both: 10,
        firstFires: 11,
        secondFires: 10,
        shareOfSecond: 1,
        equal: ['site', 'switch'],
      });
      // 10 common windows of 2,016, where 10 × 11 / 2,016 were expected.
      expect(report.together[0]?.lift).toBeCloseTo((10 * 2016) / (11 * 10), 3);
      const proposal = report.proposals.find(({ kind }) => kind === 'inhibit');
      expect(proposal?.yaml).toBe(
        'inhibit_rules:\n  - source_matchers: ["alertname=\\"SwitchDown\\""]\n    target_matchers: ["alertname=\\"CameraDown\\""]\n    equal: ["site", "switch"]\n',
      );
    });

    it('counts messages of receivers, not the alerts in them', async () => {
      const at = START + 12 * HOUR;
      room.history.record([
        ...['a', 'b', 'c'].map((name) => told(name, at, at)),
        told('a', at + HOUR, at),
        { ...told('a', at + 11 * HOUR, at), state: 'not-delivered' },
        told('a', at + 11 * HOUR + 1, at),
      ]);
      const { receivers } = await noise();
      expect(receivers).toEqual([
        {
          receiver: 'pager',
          integration: 'webhook[0]',
          messages: 3,
          failed: 1,
          alerts: 5,
          nightMessages: 1,
          busiestHour: 1,
          topRules: [
            { name: 'a', messages: 3 },
            { name: 'b', messages: 1 },
            { name: 'c', messages: 1 },
          ],
        },
      ]);
    });

    it('concludes nothing from missing acknowledgements where nobody acknowledges', async () => {
      for (let i = 0; i < 30; i++) {
        const at = START + i * 5 * HOUR;
        await life('Ignored', at, HOUR, {}, i);
        room.history.record([told('Ignored', at, at)]);
      }
      const silent = (await noise()).proposals.map(({ kind }) => kind);
      expect(silent).toEqual([]);
      room.history.record([{ ...told('Other', START, START), state: 'acknowledged' }]);
      const kinds = (await noise()).proposals.map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(['business-hours', 'threshold']);
    });
  });
});
