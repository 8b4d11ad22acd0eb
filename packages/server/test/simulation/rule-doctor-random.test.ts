import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseExpr } from '../../src/metrics/query/index.ts';
import { RuleDoctor } from '../../src/rules/doctor/index.ts';
import { DoctorHouse } from '../support/doctor-house.ts';
import { promqlVector } from '../support/random-promql.ts';

const SECOND = new AbortController().signal;

function fleet(): DoctorHouse {
  const house = new DoctorHouse(1_800_000);
  for (const camera of ['a', 'b']) {
    const labels = { job: 'cameras', instance: 'nvr:9100', camera };
    house.feed('camera_fps', labels, (sample) => (camera === 'a' && sample % 40 > 30 ? 10 : 25));
    for (const code of ['200', '500'])
      house.counter('http_requests_total', { ...labels, code }, code === '200' ? 5 : 0.1);
    house.histogram('write_seconds', labels, [0.1, 1]);
  }
  house.feed('up', { job: 'cameras', instance: 'nvr:9100' }, (sample) => (sample > 80 && sample < 90 ? 0 : 1));
  house.gauge('site_limit', { site: 'north' }, 20);
  return house;
}

/** Rules as people write them, right and wrong. */
const ruleQuery = fc.letrec<{ vector: string; rule: string }>((tie) => ({
  vector: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      'camera_fps',
      'camera_fps{camera="a"}',
      'camera_fps{kind="x"}',
      'camera_fpss',
      'up',
      'site_limit',
      'rate(http_requests_total[5m])',
      'rate(http_requests_total{code=~"5.."}[5m])',
      'increase(http_requests_total{status="500"}[20s])',
      'histogram_quantile(0.9, write_seconds)',
      'histogram_quantile(0.9, rate(write_seconds_bucket[5m]))',
      'histogram_quantile(0.9, sum(rate(write_seconds_bucket[5m])))',
      'absent(up)',
      'absent(nothing{job="x"})',
      'vector(1)',
    ),
    fc
      .tuple(
        fc.constantFrom('sum', 'avg', 'count', 'max'),
        fc.constantFrom('', ' by (camera)', ' by (job)', ' without (code)'),
        tie('vector'),
      )
      .map(([operator, by, inner]) => `${operator}${by}(${inner})`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('+', '-', '*', '/', 'and', 'or', 'unless', '>', '=='),
        fc.constantFrom('', '', ' on (camera)', ' ignoring (code)', ' on ()'),
        tie('vector'),
      )
      .map(([left, operator, matching, right]) => `(${left} ${operator}${matching} ${right})`),
  ),
  rule: fc
    .tuple(
      tie('vector'),
      fc.constantFrom('>', '>=', '<', '<=', '==', '!='),
      fc.constantFrom('0', '0.05', '1', '20', '80', '1000', '14.4 * 0.1'),
    )
    .map((parts) => parts.join(' ')),
})).rule;

const CANNOT = new Set([
  'unknown-metric',
  'unknown-label',
  'no-le',
  'labels-never-match',
  'impossible-threshold',
  'absent-misuse',
  'burn-rate-out-of-reach',
]);

describe('whatever the rule', () => {
  it('one of which is said that it cannot fire did not fire in the past, and its repair is a rule', async () => {
    const house = fleet();
    let broken = 0;
    await fc.assert(
      fc.asyncProperty(ruleQuery, async (query) => {
        const report = await house.report(query, { for: '0s' });
        expect(report.verdict).not.toBe('unknown');
        const cannot = report.diagnoses.filter(({ severity, kind }) => severity === 'error' && CANNOT.has(kind));
        if (cannot.length > 0) {
          broken++;
          expect([query, cannot[0]?.kind, report.backtest?.fired ?? 0]).toEqual([query, cannot[0]?.kind, 0]);
        }
        if (report.repair) parseExpr(report.repair.query);
      }),
      { numRuns: 120 },
    );
    expect(broken).toBeGreaterThan(10);
  });

  it('any PromQL at all gets a report', async () => {
    const house = fleet();
    await fc.assert(
      fc.asyncProperty(promqlVector, async (query) => {
        const { verdict, summary } = await house.report(query);
        expect(['sound', 'doubtful', 'broken', 'unknown']).toContain(verdict);
        expect(summary).not.toContain('undefined');
      }),
      { numRuns: 60 },
    );
  });
});

describe('an examination', () => {
  it('ends when its client leaves', async () => {
    const house = fleet();
    const [group] = house.groups('groups: [{ name: g, rules: [{ alert: A, expr: up == 0 }] }]');
    if (!group) throw new Error('no group');
    const leaving = new AbortController();
    const doctor = new RuleDoctor(house.deps, { windowMs: 60_000, intervalMs: 30_000, timeoutMs: 60_000 }, [group]);
    const report = doctor.report(group, 0, doctor.facts(house.nowMs, leaving.signal), {}, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(report).rejects.toThrow('gone');
  });

  it('is given up when its time is over, and says so', async () => {
    const house = fleet();
    const [group] = house.groups('groups: [{ name: g, rules: [{ alert: A, expr: up == 0 }] }]');
    if (!group) throw new Error('no group');
    const { engine, ...store } = house.deps.store;
    const slow = {
      ...house.deps,
      store: {
        ...store,
        engine: {
          instant: engine.instant.bind(engine),
          range: async (...args: Parameters<typeof engine.range>) => {
            const [query, window, options] = args;
            await house.clock.sleep(3_600_000, options.signal);
            return engine.range(query, window, options);
          },
        },
      },
    };
    const doctor = new RuleDoctor(slow, { windowMs: 60_000, intervalMs: 30_000, timeoutMs: 10_000 }, [group]);
    const waiting = doctor.report(group, 0, doctor.facts(house.nowMs, SECOND), {}, SECOND);
    for (let i = 0; i < 20; i++) {
      await sleep(1);
      await house.clock.advance(1_000);
    }
    const { report } = await waiting;
    expect(report).toMatchObject({
      verdict: 'unknown',
      faults: ['the examination took more than 10 s; look at a shorter past'],
    });
  });
});
