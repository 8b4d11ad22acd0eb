import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../src/base/errors.ts';
import { AliasBook, parseAliasFile } from '../../src/metrics/query/index.ts';
import { doctorApi } from '../../src/rules/doctor/index.ts';
import { DoctorHouse, complaints } from '../support/doctor-house.ts';

const camera = { job: 'cameras', instance: 'nvr:9100', camera: 'gate' };

describe('a rule that cannot fire is called broken, with the reason', () => {
  it('when its metric is unknown, with the nearest name that is known', async () => {
    const house = new DoctorHouse();
    house.gauge('camera_fps', camera, 25);
    const report = await house.report('camera_fpps < 20');
    expect(report.verdict).toBe('broken');
    expect(report.diagnoses[0]).toMatchObject({ kind: 'unknown-metric', span: { start: 0, end: 11 } });
    expect(report.diagnoses[0]?.evidence[0]).toContain('camera_fps');
    expect(report.repair).toMatchObject({ query: 'camera_fps < 20', verdict: 'sound' });
  });

  it('and the other spelling of the same figure, by the book of aliases', async () => {
    const house = new DoctorHouse();
    house.gauge('camera_frames_per_second', camera, 25);
    const file = 'catalog/aliases.yaml';
    const text = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8');
    house.aliases = new AliasBook(parseAliasFile(text, file));
    const report = await house.report('camera_fps < 20');
    expect(report.diagnoses[0]?.evidence).toEqual([
      'camera_frames_per_second is known: the same figure by another name, says the book of aliases',
    ]);
    expect(report.repair?.query).toBe('camera_frames_per_second < 20');
  });

  it('but an unknown metric in one branch of `or`, or after `unless`, is only worth a note', async () => {
    const house = new DoctorHouse();
    house.gauge('camera_fps', camera, 25);
    expect((await house.report('camera_fps < 20 or no_such_metric > 1')).verdict).toBe('sound');
    expect((await house.report('camera_fps < 20 unless no_such_metric')).verdict).toBe('sound');
    expect((await house.report('absent(no_such_metric)')).verdict).toBe('sound');
  });

  it('when no series has the label, with the label that has such values', async () => {
    const house = new DoctorHouse();
    for (const code of ['200', '500']) house.counter('http_requests_total', { ...camera, code }, 1);
    const report = await house.report('sum(rate(http_requests_total{status=~"5.."}[5m])) > 10');
    expect(complaints(report)).toEqual(['error unknown-label']);
    expect(report.repair?.query).toBe('sum(rate(http_requests_total{code=~"5.."}[5m])) > 10');
  });

  it('but not when the value of a label has just not been seen yet', async () => {
    const house = new DoctorHouse();
    house.counter('http_requests_total', { ...camera, code: '200' }, 1);
    const report = await house.report('sum(rate(http_requests_total{code=~"5.."}[5m])) > 10');
    expect(report.verdict).toBe('sound');
    expect(report.diagnoses.map(({ kind }) => kind)).toContain('no-series');
  });

  it('but not when the exporter declares a metric that has no series yet', async () => {
    const house = new DoctorHouse();
    house.feed('notifications_failed_total', camera, () => undefined, { type: 'counter' });
    const report = await house.report('rate(notifications_failed_total[5m]) > 0');
    expect([report.verdict, report.diagnoses.map(({ kind }) => kind)]).toEqual(['sound', ['no-series']]);
  });

  it('when no target has the job', async () => {
    const house = new DoctorHouse();
    house.feed('up', { job: 'node', instance: 'a' }, () => 1);
    const report = await house.report('up{job="nodes"} == 0');
    expect(complaints(report)).toEqual(['error no-series']);
    expect(report.diagnoses[0]?.evidence.join()).toContain('"node" is nearly the same');
  });

  it('when a quantile has no buckets, or an aggregation takes `le` away', async () => {
    const house = new DoctorHouse();
    house.histogram('write_seconds', camera, [0.1, 1]);
    house.gauge('write_seconds', { ...camera, quantile: '0.9' }, 0.1);
    const bare = await house.report('histogram_quantile(0.9, write_seconds) > 1', {
      annotations: { summary: '{{ $labels.camera }}' },
    });
    expect(complaints(bare)).toEqual(['error no-le']);
    expect(bare.repair).toMatchObject({
      query: 'histogram_quantile(0.9, sum by (le, camera) (rate(write_seconds_bucket[5m]))) > 1',
      verdict: 'sound',
    });
    const lost = await house.report('histogram_quantile(0.9, sum by (camera) (rate(write_seconds_bucket[5m]))) > 1');
    expect(lost.repair?.query).toBe(
      'histogram_quantile(0.9, sum by (le, camera) (rate(write_seconds_bucket[5m]))) > 1',
    );
  });

  it('and a summary is read by its own quantile where there are no buckets at all', async () => {
    const house = new DoctorHouse();
    house.gauge('write_seconds', { ...camera, quantile: '0.9' }, 0.1);
    expect((await house.report('histogram_quantile(0.9, write_seconds) > 1')).repair?.query).toBe(
      'write_seconds{quantile="0.9"} > 1',
    );
  });

  it('when the two sides of a join never have the same labels; the repair joins on those they share', async () => {
    const house = new DoctorHouse();
    house.gauge('disk_used_bytes', { instance: 'a', job: 'host', mount: '/', kind: 'used' }, 5);
    house.gauge('disk_quota_bytes', { instance: 'a', mount: '/' }, 10);
    const report = await house.report('disk_used_bytes / disk_quota_bytes > 0.9');
    expect(complaints(report)).toEqual(['error labels-never-match']);
    expect(report.repair).toMatchObject({
      query: 'disk_used_bytes / on (instance, mount) disk_quota_bytes > 0.9',
      verdict: 'sound',
    });
    expect((await house.report('disk_used_bytes / on (mount) disk_quota_bytes > 0.9')).verdict).toBe('sound');
  });

  it('when a join finds more than one partner', async () => {
    const house = new DoctorHouse();
    for (const disk of ['a', 'b']) house.gauge('disk_used_bytes', { instance: 'n', disk }, 5);
    house.gauge('host_quota_bytes', { instance: 'n' }, 10);
    const report = await house.report('disk_used_bytes / on (instance) host_quota_bytes > 0.9');
    expect(complaints(report)).toEqual(['error many-to-many']);
    expect(report.repair).toMatchObject({
      query: 'disk_used_bytes / on (instance) group_left () host_quota_bytes > 0.9',
      verdict: 'sound',
    });
  });

  it('when nothing can pass the comparison, whatever is stored', async () => {
    const house = new DoctorHouse();
    for (const code of ['200', '500']) house.counter('requests_total', { ...camera, code }, 1);
    house.feed('up', camera, () => 1);
    const impossible = [
      'sum(rate(requests_total{code="500"}[5m])) / sum(rate(requests_total[5m])) > 5',
      'avg(up) > 1',
      'up == 2',
      'rate(requests_total[5m]) < 0',
      '1 - avg(up) > 1',
      'hour() > 23',
    ];
    for (const query of impossible) expect([query, (await house.report(query)).verdict]).toEqual([query, 'broken']);
    const possible = ['avg(up) < 1', 'up == 0', '1 - avg(up) >= 1', 'hour() >= 23', 'rate(requests_total[5m]) <= 0'];
    for (const query of possible) expect([query, (await house.report(query)).verdict]).toEqual([query, 'sound']);
  });

  it('when a ratio is compared with a percentage', async () => {
    const house = new DoctorHouse();
    for (const code of ['200', '500']) house.counter('requests_total', { ...camera, code }, 1);
    const ratio = 'sum(rate(requests_total{code="500"}[5m])) / sum(rate(requests_total[5m]))';
    const report = await house.report(`${ratio} > 5`);
    expect(complaints(report)).toEqual(['error ratio-against-percentage']);
    expect(report.repair?.query).toBe(`${ratio} > 0.05`);
    const printed = await house.report(`${ratio} > 5`, { annotations: { text: '{{ $value }}% of requests fail' } });
    expect(printed.repair?.query).toBe(`(${ratio}) * 100 > 5`);
  });

  it('when something is counted that is not there: `count(…) == 0`, `absent(…) == 0`', async () => {
    const house = new DoctorHouse();
    house.feed('up', camera, () => 1);
    const counted = await house.report('count(up == 1) == 0');
    expect(complaints(counted)).toEqual(['error absent-misuse']);
    expect(counted.repair?.query).toBe('absent(up == 1)');
    expect(complaints(await house.report('absent(up) == 0'))).toEqual(['error absent-misuse']);
    expect((await house.report('absent(up)')).verdict).toBe('sound');
  });

  it('when a burn rate is out of reach of its target', async () => {
    const house = new DoctorHouse();
    for (const code of ['200', '500']) house.counter('requests_total', { ...camera, code }, 1);
    const errors = 'sum(rate(requests_total{code="500"}[1h])) / sum(rate(requests_total[1h]))';
    const out = await house.report(`(${errors}) / (1 - 0.9) > 14.4`);
    expect(complaints(out)).toEqual(['error burn-rate-out-of-reach']);
    expect(out.diagnoses[0]?.message).toContain('target of 90 %');
    expect(complaints(await house.report(`${errors} > (14.4 * 0.1)`))).toEqual(['error burn-rate-out-of-reach']);
    expect(complaints(await house.report(`${errors} > (14.4 * 0.001)`))).toEqual([]);
    expect(complaints(await house.report(`(${errors}) / (1 - 0.999) > 14.4`))).toEqual([]);
  });

  it('when a rate looks at less than two samples', async () => {
    const house = new DoctorHouse();
    house.counter('requests_total', camera, 1, { scrapeMs: 60_000 });
    const never = await house.report('rate(requests_total[1m]) > 100');
    expect(complaints(never)).toEqual(['error short-range']);
    expect(never.repair).toMatchObject({ query: 'rate(requests_total[4m]) > 100', verdict: 'sound' });
    expect(complaints(await house.report('rate(requests_total[90s]) > 100'))).toEqual(['warning short-range']);
    expect(complaints(await house.report('rate(requests_total[2m]) > 100'))).toEqual([]);
  });
});

describe('a rule that means something else than it says is found as well', () => {
  it('a percentage against a ratio, by what was seen and what the texts print', async () => {
    const house = new DoctorHouse();
    house.gauge('disk_used_percent', camera, 60);
    house.gauge('hit_rate', camera, 0.9);
    const plain = await house.report('disk_used_percent > 0.8');
    expect(complaints(plain)).toEqual(['error percentage-against-ratio']);
    expect(plain.repair).toMatchObject({ query: 'disk_used_percent > 80', verdict: 'sound' });
    expect(
      (await house.report('hit_rate < 0.7', { annotations: { text: '{{ $value | humanizePercentage }}' } })).verdict,
    ).toBe('sound');
  });

  it('a rate of events taken for a share, with and without somebody to divide by', async () => {
    const house = new DoctorHouse();
    house.counter('uploads_failed_total', camera, 0.1);
    const annotations = { text: '{{ $value | humanizePercentage }} fail' };
    const alone = await house.report('rate(uploads_failed_total[5m]) > 0.05', { annotations });
    expect(complaints(alone)).toEqual(['error rate-as-ratio']);
    expect(alone.repair).toBeNull();
    house.counter('uploads_requests_total', camera, 10);
    const both = await house.report('rate(uploads_failed_total[5m]) > 0.05', { annotations });
    expect(both.repair).toMatchObject({
      query: 'rate(uploads_failed_total[5m]) / rate(uploads_requests_total[5m]) > 0.05',
      verdict: 'sound',
    });
    house.counter('cpu_seconds_total', camera, 0.3);
    expect((await house.report('rate(cpu_seconds_total[5m]) > 0.9', { annotations })).verdict).toBe('sound');
  });

  it('milliseconds against seconds, bits against bytes', async () => {
    const house = new DoctorHouse();
    house.gauge('write_duration_seconds', camera, 0.2);
    house.gauge('write_latency_ms', camera, 300);
    house.counter('sent_bytes_total', camera, 1_000);
    const report = await house.report('write_duration_seconds > 500', { annotations: { text: '{{ $value }}ms' } });
    expect(complaints(report)).toContain('warning unit-confusion');
    expect(report.repair).toMatchObject({ query: 'write_duration_seconds * 1000 > 500', verdict: 'sound' });
    const latency = await house.report('write_latency_ms > 1', { annotations: { text: '{{ $value }}s' } });
    expect(latency.repair?.query).toBe('write_latency_ms / 1000 > 1');
    const bits = await house.report('rate(sent_bytes_total[5m]) > 8000000', {
      annotations: { text: '{{ $value }} bit/s' },
    });
    expect(bits.repair?.query).toBe('rate(sent_bytes_total[5m]) * 8 > 8000000');
  });

  it('the value of a counter', async () => {
    const house = new DoctorHouse();
    house.counter('restarts_total', camera, 0.001);
    house.gauge('streams_total', camera, 4);
    const report = await house.report('restarts_total > 0');
    expect(complaints(report)).toEqual(['warning counter-value']);
    expect(report.repair?.query).toBe('increase(restarts_total[5m]) > 0');
    expect((await house.report('streams_total > 10')).verdict).toBe('sound');
  });

  it('`for` shorter than the time between evaluations or samples', async () => {
    const house = new DoctorHouse();
    house.gauge('camera_fps', camera, 25, { scrapeMs: 60_000 });
    const report = await house.report('camera_fps < 20', { for: '10s' });
    expect(complaints(report)).toEqual(['warning short-for']);
    expect(report.repair).toMatchObject({ for: '2m', verdict: 'sound' });
    expect(report.repair?.diff).toContain('-    for: 10s\n+    for: 2m');
    expect(complaints(await house.report('camera_fps < 20', { for: '45s' }))).toEqual(['warning short-for']);
    expect(complaints(await house.report('camera_fps < 20', { for: '0s' }))).toEqual([]);
  });

  it('texts that name labels which the result never has', async () => {
    const house = new DoctorHouse();
    house.gauge('camera_fps', camera, 25);
    const report = await house.report('avg(camera_fps) < 20', {
      annotations: { summary: '{{ $labels.camera }} is slow' },
    });
    expect(report.verdict).toBe('sound');
    expect(report.diagnoses.map(({ kind, severity }) => `${severity} ${kind}`)).toContain('note template-label');
  });

  it('a threshold that was not reached is only worth a note, one far from everything a warning', async () => {
    const house = new DoctorHouse();
    house.gauge('queue_depth', camera, 10);
    const near = await house.report('queue_depth > 100');
    expect([near.verdict, near.diagnoses.map(({ kind }) => kind)]).toEqual(['sound', ['never-seen']]);
    expect(complaints(await house.report('queue_depth > 1000000'))).toEqual(['warning never-seen']);
  });
});

describe('the past of a rule', () => {
  /** Below 20 for ten minutes from minute 30 on, and for one minute at minute 60. */
  function dips(): DoctorHouse {
    const house = new DoctorHouse();
    house.feed('camera_fps', camera, (_sample, seconds) => {
      const minute = seconds / 60;
      return (minute >= 30 && minute < 40) || (minute >= 60 && minute < 61) ? 12 : 25;
    });
    return house;
  }

  it('is replayed with the states of real evaluation: when it fired, how long, what only was pending', async () => {
    const { backtest } = await dips().report('camera_fps < 20', { for: '2m' });
    expect(backtest).toMatchObject({
      fired: 1,
      onlyPending: 1,
      isExact: true,
      step: '30s',
      threshold: 20,
      for: '2m',
      seen: { min: 12, max: 25 },
    });
    expect(backtest?.episodes).toEqual([
      {
        labels: { ...camera, alertname: 'A' },
        pendingAt: '2026-01-09T22:30:00.000Z',
        firedAt: '2026-01-09T22:32:00.000Z',
        endedAt: '2026-01-09T22:40:00.000Z',
        worstValue: 12,
      },
      {
        labels: { ...camera, alertname: 'A' },
        pendingAt: '2026-01-09T23:00:00.000Z',
        firedAt: null,
        endedAt: '2026-01-09T23:01:00.000Z',
        worstValue: 12,
      },
    ]);
    expect(backtest?.firingSeconds).toBe(8 * 60);
    expect(backtest?.otherFor).toEqual([
      { for: '0s', fired: 2 },
      { for: '1m', fired: 1 },
      { for: '4m', fired: 1 },
      { for: '8m', fired: 1 },
    ]);
  });

  it('is replayed with another threshold and another `for`', async () => {
    const house = dips();
    expect((await house.report('camera_fps < 20', { for: '2m' }, { forMs: 30_000 })).whatIf).toMatchObject({
      fired: 2,
      for: '30s',
    });
    expect((await house.report('camera_fps < 20', { for: '2m' }, { threshold: 10 })).whatIf).toMatchObject({
      fired: 0,
      threshold: 10,
    });
    const joined = await house.report('camera_fps < 10 and on () vector(1)', { for: '2m' }, { threshold: 20 });
    expect([joined.backtest?.fired, joined.whatIf?.fired]).toEqual([0, 1]);
  });

  it('keeps an alert firing as long as keep_firing_for says', async () => {
    const text = `groups:
- name: g
  interval: 30s
  rules:
  - { alert: A, expr: camera_fps < 20, for: 1m, keep_firing_for: 30m }
`;
    const [report] = await dips().reports(text);
    expect(report?.backtest).toMatchObject({ fired: 1, onlyPending: 0 });
    expect(report?.backtest?.episodes[0]).toMatchObject({
      firedAt: '2026-01-09T22:31:00.000Z',
      endedAt: '2026-01-09T23:31:00.000Z',
    });
  });

  it('of more series than fit is looked at in longer steps, and says so', async () => {
    const house = new DoctorHouse(3_600_000);
    for (let i = 0; i < 1_200; i++) house.gauge('queue_depth', { queue: String(i) }, 10, { scrapeMs: 60_000 });
    const report = await house.report('queue_depth > 5', { interval: '1s', for: '0s' });
    expect(report.backtest).toMatchObject({ isExact: false, step: '5s', fired: 1_200, episodesLeft: 1_150 });
    expect(Date.parse(report.backtest?.start ?? '')).toBeGreaterThan(house.nowMs - 3_600_000);
  });

  it('fails as the real evaluation does when two results make one alert', async () => {
    const house = new DoctorHouse();
    for (const name of ['queue_a_depth', 'queue_b_depth']) house.gauge(name, camera, 10);
    expect(complaints(await house.report('{__name__=~"queue_._depth"} > 1'))).toEqual(['error duplicate-alerts']);
  });

  it('of rules that read recorded names which are not stored yet goes through the recording rules', async () => {
    const house = dips();
    const text = `groups:
- name: g
  interval: 30s
  rules:
  - record: site:fps:avg
    expr: avg by (camera) (camera_fps)
    labels: { site: north }
  - alert: Slow
    expr: site:fps:avg{site="north"} < 20
    for: 2m
  - alert: Gone
    expr: site:fps:avg{camera="gate"} < 20
    for: 2m
`;
    const reports = await house.reports(text);
    expect(reports.map(({ name, verdict, backtest }) => [name, verdict, backtest?.fired])).toEqual([
      ['site:fps:avg', 'sound', undefined],
      ['Slow', 'sound', 1],
      ['Gone', 'sound', 0],
    ]);
    expect(reports[2]?.diagnoses.map(({ kind }) => kind)).toEqual(['not-recorded-yet']);
  });
});

describe('the doctor over HTTP', () => {
  const text = `groups:
- name: cameras
  rules:
  - alert: Slow
    expr: camera_fps < 20
    for: 2m
`;
  async function ask(query: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const house = new DoctorHouse();
    house.gauge('camera_fps', camera, 25);
    const groups = house.groups(text, 'cameras.yml');
    const app = Fastify();
    app.setErrorHandler((error, _request, reply) => {
      if (!isVedetteError(error)) throw error;
      return reply.code(error.status).send({ error: error.message });
    });
    await app.register(doctorApi({ ...house.deps, groups: () => groups, intervalMs: () => 60_000 }));
    const response = await app.inject({ method: 'GET', url: `/api/vedette/rules/doctor?${query}` });
    await app.close();
    return { status: response.statusCode, body: response.json() };
  }

  it('looks at two groups at a time; who comes third is told to come again', async () => {
    const house = new DoctorHouse();
    const groups = house.groups(text, 'cameras.yml');
    const { engine, ...store } = house.deps.store;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const series = {
      series: async (...args: Parameters<typeof store.series.series>) => {
        await gate;
        return store.series.series(...args);
      },
      labelValues: store.series.labelValues.bind(store.series),
    };
    const app = Fastify();
    app.setErrorHandler((error, _request, reply) => {
      if (!isVedetteError(error)) throw error;
      return reply.code(error.status).send({ code: error.code });
    });
    await app.register(
      doctorApi({ ...house.deps, store: { ...store, engine, series }, groups: () => groups, intervalMs: () => 60_000 }),
    );
    const url = '/api/vedette/rules/doctor?file=cameras.yml&group=cameras';
    const waiting = [app.inject({ url }), app.inject({ url })];
    await Promise.all([app.ready(), sleep(20)]);
    const third = await app.inject({ url });
    expect([third.statusCode, third.json()]).toEqual([503, { code: 'QUERY_OVERLOADED' }]);
    open();
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect((await app.inject({ url })).statusCode).toBe(200);
    await app.close();
  });

  it('answers for a rule of a group, with what-if, and says what it does not know', async () => {
    const { status, body } = await ask('file=cameras.yml&group=cameras&name=Slow&window=1h&threshold=30&for=1m');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      rulesLeft: 0,
      reports: [
        {
          name: 'Slow',
          verdict: 'sound',
          backtest: { fired: 0, step: '1m' },
          whatIf: { fired: 1, threshold: 30, for: '1m' },
        },
      ],
    });
    expect((await ask('file=cameras.yml&group=cameras&name=Gone')).status).toBe(404);
    expect(await ask('file=cameras.yml&group=cameras&window=1y')).toMatchObject({ status: 400 });
    expect(await ask('group=cameras')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('file') as string },
    });
  });
});
