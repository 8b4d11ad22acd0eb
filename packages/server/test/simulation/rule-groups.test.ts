import { afterEach, describe, expect, it } from 'vitest';
import { Labels } from '../../src/model/labels.ts';
import { writeStale } from '../../src/model/stale.ts';
import { parseHistogram } from '../../src/metrics/query/promqltest/index.ts';
import { RulesHouse } from '../support/rules-house.ts';

const MINUTE = 60_000;
const camera = (name: string): Record<string, string> => ({ __name__: 'camera_up', camera: name });

let house: RulesHouse;
afterEach(async () => house.stop());

interface Group {
  readonly evaluations: number;
  readonly missedEvaluations: number;
  readonly lastMissed?: string;
  readonly rules: readonly {
    readonly health: string;
    readonly lastError?: string;
    readonly alerts?: readonly { readonly state: string; readonly activeAt: string; readonly value: string }[];
  }[];
}

async function groups(): Promise<readonly Group[]> {
  return ((await house.get('/api/v1/rules')).body as { data: { groups: Group[] } }).data.groups;
}

/** Several series at once, every 15 s. */
async function feedAll(names: readonly string[], value: number, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 15_000) {
    for (const name of names) house.store.add(Labels.fromObject(camera(name)), house.clock.now(), value);
    await house.clock.advance(15_000);
  }
}

describe('a limit', () => {
  const LIMITED = `
groups:
  - name: g
    limit: 2
    rules:
      - { record: copy, expr: camera_up }
      - { alert: Down, expr: camera_up == 0, keep_firing_for: 10m }
`;

  it('that is exceeded takes all alerts of the rule away, without telling that they ended', async () => {
    house = new RulesHouse();
    await house.start(LIMITED);
    await feedAll(['gate', 'roof'], 0, MINUTE);
    expect((await groups())[0]?.rules[1]?.alerts).toHaveLength(2);
    house.received.length = 0;
    await feedAll(['gate', 'roof', 'yard'], 0, MINUTE);
    const [copy, down] = (await groups())[0]?.rules ?? [];
    expect(copy?.lastError).toContain('exceeded limit of 2 with 3 series');
    expect(down).toMatchObject({ health: 'err', alerts: [] });
    expect(down?.lastError).toContain('exceeded limit of 2 with 3 alerts');
    expect(house.received).toEqual([]);
    expect(house.state.size('rule-alerts')).toBe(0);
    expect(house.lives.filter((life) => life.startsWith('resolved'))).toHaveLength(2);
    expect(house.lives.join()).not.toContain('yard');
  });

  it('counts alerts that only keep_firing_for keeps, and not those that ended', async () => {
    house = new RulesHouse();
    await house.start(LIMITED);
    await feedAll(['gate', 'roof'], 0, MINUTE);
    await feedAll(['gate', 'roof'], 1, MINUTE);
    expect((await groups())[0]?.rules[1]).toMatchObject({ health: 'ok' });
    await feedAll(['yard'], 0, 15_000);
    expect((await groups())[0]?.rules[1]?.lastError).toContain('exceeded limit of 2 with 3 alerts');
    // Gone are the kept ones too: the new one is alone from the next evaluation on.
    await feedAll(['yard'], 0, MINUTE);
    expect((await groups())[0]?.rules[1]).toMatchObject({ health: 'ok', alerts: [{ state: 'firing' }] });
  });
});

describe('native histograms', () => {
  it('that a rule records stay histograms, and print in templates', async () => {
    house = new RulesHouse();
    await house.start(`
groups:
  - name: g
    rules:
      - { record: latency:sum, expr: sum(latency) }
      - { record: latency:p50, expr: 'histogram_quantile(0.5, latency:sum)' }
      - { alert: Slow, expr: latency:sum, annotations: { text: '{{ $value }} {{ printf "%T" $value }}' } }
`);
    const { histogram } = parseHistogram('{{schema:0 sum:6 count:4 buckets:[1 3]}}');
    for (let i = 0; i < 4; i++) {
      for (const name of ['a', 'b'])
        house.store.addHistogram(Labels.fromObject({ __name__: 'latency', name }), house.clock.now(), histogram);
      await house.clock.advance(15_000);
    }
    expect(await house.query('histogram_count(latency:sum)')).toEqual([['{}', 8]]);
    expect((await house.query('latency:p50')).length).toBe(1);
    const [sent] = house.received.flatMap(({ alerts }) => alerts);
    expect(sent?.annotations.text).toBe('{count:8, sum:12, (0.5,1]:2, (1,2]:6} *histogram.FloatHistogram');
    expect(sent?.value).toBe(0);
  });

  it('end with a staleness marker as other series do', async () => {
    house = new RulesHouse();
    await house.start('groups:\n  - name: g\n    rules:\n      - { record: copy, expr: latency }\n');
    const { histogram } = parseHistogram('{{schema:0 sum:6 count:4 buckets:[1 3]}}');
    house.store.addHistogram(Labels.fromObject({ __name__: 'latency' }), house.clock.now(), histogram);
    await house.clock.advance(30_000);
    expect(await house.query('histogram_count(copy)')).toEqual([['{}', 4]]);
    await house.clock.advance(6 * MINUTE);
    expect(await house.query('count(copy)')).toEqual([]);
    expect(await house.query('count(last_over_time(copy[10m]))')).toEqual([['{}', 1]]);
  });
});

describe('rules of a group', () => {
  const independent = Array.from({ length: 12 }, (_, i) => `      - { record: r${i}, expr: count(camera_up) + ${i} }`);
  const GROUP = (rules: readonly string[]): string => `groups:\n  - name: g\n    rules:\n${rules.join('\n')}\n`;

  it('that have nothing to do with each other run side by side, at most five at a time', async () => {
    house = new RulesHouse();
    house.queryDelayMs = 100;
    await house.start(GROUP(independent));
    await feedAll(['gate'], 1, MINUTE);
    expect(house.queriesAtOnceMax).toBe(5);
    expect(await house.query('r11')).toEqual([['r11', 12]]);
  });

  it('that build on each other run in order, and see what was written in the same evaluation', async () => {
    house = new RulesHouse();
    house.queryDelayMs = 100;
    const chain = [
      '      - { record: one, expr: count(camera_up) }',
      ...Array.from({ length: 6 }, (_, i) => `      - { record: c${i}, expr: ${i === 0 ? 'one' : `c${i - 1}`} + 1 }`),
    ];
    await house.start(GROUP(chain));
    await feedAll(['gate'], 1, 30_000);
    expect(house.queriesAtOnceMax).toBe(1);
    expect(await house.query('c5')).toEqual([['c5', 7]]);
  });

  it.each([
    ['a selector without a metric name', `      - { record: all, expr: 'count({camera="gate"})' }`],
    ['a metric name given by a pattern', `      - { record: all, expr: 'count({__name__=~"r.*"})' }`],
    ['a template that queries', `      - { alert: A, expr: up > 2, annotations: { t: '{{ query "r3" }}' } }`],
  ])('of which one may read anything wait for it: %s', async (_, rule) => {
    house = new RulesHouse();
    house.queryDelayMs = 100;
    await house.start(GROUP([...independent.slice(0, 2), rule, ...independent.slice(2, 4)]));
    await feedAll(['gate'], 1, MINUTE);
    const first = house.queries.slice(0, 5);
    expect(first.slice(0, 2).sort()).toEqual(['count(camera_up) + 0', 'count(camera_up) + 1']);
    expect(first.slice(3).sort()).toEqual(['count(camera_up) + 2', 'count(camera_up) + 3']);
    expect(house.queriesAtOnceMax).toBe(2);
  });

  it('that read the alerts of one rule wait for that one only', async () => {
    house = new RulesHouse();
    house.queryDelayMs = 100;
    await house.start(
      GROUP([
        '      - { alert: A, expr: camera_up == 0 }',
        '      - { alert: B, expr: camera_up == 0 }',
        `      - { record: a, expr: 'count(ALERTS{alertname="A"})' }`,
      ]),
    );
    await feedAll(['gate'], 0, 30_000);
    expect(house.queriesAtOnceMax).toBe(2);
    expect(await house.query('a')).toEqual([['a', 1]]);
  });

  it('that take too long make evaluations be left out, which the API counts', async () => {
    house = new RulesHouse();
    house.queryDelayMs = 40_000;
    await house.start(GROUP(['      - { record: slow, expr: count(camera_up) }']));
    await feedAll(['gate'], 1, 5 * MINUTE);
    const [group] = await groups();
    expect(group?.missedEvaluations).toBeGreaterThan(4);
    expect(group?.lastMissed).toMatch(/^2026-01-01T00:0/);
    expect(group?.evaluations).toBeGreaterThan(4);
    expect(await house.registry.metrics()).toMatch(
      new RegExp(`vedette_rule_group_iterations_missed_total\\{[^}]*\\} ${group?.missedEvaluations}\\n`),
    );
  });
});

describe('a takeover from Prometheus', () => {
  const RULE = `groups:\n  - name: g\n    rules:\n      - { alert: Down, expr: camera_up == 0, for: 30m, labels: { severity: page } }\n`;
  const series = (extra: Record<string, string> = {}): Labels =>
    Labels.fromObject({ __name__: 'ALERTS_FOR_STATE', alertname: 'Down', camera: 'gate', severity: 'page', ...extra });

  /** What a Prometheus wrote until `agoMs` before the start, of an alert that was active for `activeMs` by then. */
  function before(activeMs: number, agoMs: number, labels = series(), ended = false): number {
    const endMs = house.clock.now() - agoMs;
    const activeAtMs = endMs - activeMs;
    for (let atMs = activeAtMs; atMs <= endMs; atMs += MINUTE) house.store.add(labels, atMs, activeAtMs / 1000);
    if (ended) house.store.append(staleRow(labels, endMs + 1_000));
    return activeAtMs;
  }

  async function activeAt(): Promise<readonly number[]> {
    return ((await groups())[0]?.rules[0]?.alerts ?? []).map((alert) => Date.parse(alert.activeAt));
  }

  it('goes on with an alert that was pending, less the time nobody watched', async () => {
    house = new RulesHouse();
    const activeAtMs = before(15 * MINUTE, 4 * MINUTE);
    await house.start(RULE);
    await feedAll(['gate'], 0, MINUTE);
    const [at = 0] = await activeAt();
    expect(at - activeAtMs).toBeGreaterThanOrEqual(4 * MINUTE);
    expect(at - activeAtMs).toBeLessThanOrEqual(4.5 * MINUTE);
    await feedAll(['gate'], 0, 14 * MINUTE);
    expect(house.received).toEqual([]);
    await feedAll(['gate'], 0, MINUTE);
    expect(house.received[0]?.alerts).toMatchObject([{ resolved: false }]);
  });

  it('waits at least the grace period for one that would fire at once', async () => {
    house = new RulesHouse();
    before(28 * MINUTE, MINUTE);
    await house.start(RULE);
    await feedAll(['gate'], 0, 9.5 * MINUTE);
    expect(house.received).toEqual([]);
    await feedAll(['gate'], 0, MINUTE);
    expect(house.received).not.toEqual([]);
  });

  it('fires at once for one that fired before', async () => {
    house = new RulesHouse();
    const activeAtMs = before(45 * MINUTE, 2 * MINUTE);
    await house.start(RULE);
    await feedAll(['gate'], 0, 30_000);
    expect(house.received[0]?.alerts).toHaveLength(1);
    expect(await activeAt()).toEqual([activeAtMs]);
  });

  it('knows series that came by remote write with the labels of that Prometheus', async () => {
    house = new RulesHouse();
    const activeAtMs = before(45 * MINUTE, 2 * MINUTE, series({ site: 'north' }));
    await house.start(RULE);
    await feedAll(['gate'], 0, 30_000);
    expect(await activeAt()).toEqual([activeAtMs]);
  });

  it('knows them too when the series of the rule came that way', async () => {
    house = new RulesHouse();
    const activeAtMs = before(45 * MINUTE, 2 * MINUTE, series({ site: 'north' }));
    await house.start(RULE);
    await house.feed({ ...camera('gate'), site: 'north' }, 0, 30_000);
    expect(await activeAt()).toEqual([activeAtMs]);
  });

  it.each([
    ['an alert that had ended', () => before(45 * MINUTE, 2 * MINUTE, series(), true), RULE],
    ['an outage longer than is tolerated', () => before(45 * MINUTE, 61 * MINUTE), RULE],
    ['other labels', () => before(45 * MINUTE, 2 * MINUTE, series({ zone: 'x' })), RULE],
    ['a `for` below the grace period', () => before(45 * MINUTE, 2 * MINUTE), RULE.replace('30m', '9m')],
  ])('begins anew after %s', async (_, leave, rule) => {
    house = new RulesHouse();
    leave();
    const startMs = house.clock.now();
    await house.start(rule);
    await feedAll(['gate'], 0, 30_000);
    const [at = 0] = await activeAt();
    expect(at).toBeGreaterThanOrEqual(startMs);
    expect(house.received).toEqual([]);
  });

  it('has no say about an alert whose end is remembered, even when its series could not be ended', async () => {
    house = new RulesHouse();
    await house.start(RULE);
    await feedAll(['gate'], 0, 45 * MINUTE);
    house.sinkError = new Error('disk full');
    await feedAll(['gate'], 1, MINUTE);
    house.sinkError = undefined;
    expect(await house.query('ALERTS_FOR_STATE')).toHaveLength(1);
    await house.crash(15_000);
    await feedAll(['gate'], 0, 30_000);
    expect((await groups())[0]?.rules[0]?.alerts).toMatchObject([{ state: 'pending' }]);
  });

  it('has no say about an alert that comes later', async () => {
    house = new RulesHouse();
    before(45 * MINUTE, 2 * MINUTE);
    await house.start(RULE);
    await feedAll(['gate'], 1, 3 * MINUTE);
    const laterMs = house.clock.now();
    await feedAll(['gate'], 0, MINUTE);
    expect((await activeAt())[0]).toBeGreaterThanOrEqual(laterMs);
  });
});

function staleRow(labels: Labels, atMs: number) {
  const value = new Float64Array(1);
  writeStale(value, 0);
  return {
    series: [labels],
    seriesIndex: Uint32Array.of(0),
    timestampMs: Float64Array.of(atMs),
    value,
  };
}
