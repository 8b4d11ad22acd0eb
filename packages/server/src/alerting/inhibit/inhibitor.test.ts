import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { type Matcher, createMatcher, matchesAll } from '../../model/matcher.ts';
import type { InhibitRule } from '../config/model.ts';
import { fingerprint } from '../fingerprint.ts';
import type { GroupAlert } from '../notify/notification.ts';
import { Inhibitor } from './inhibitor.ts';

const NOW = unixMs(1_000_000);

function alert(labels: Record<string, string>, resolved = false, endsAtMs: number = NOW + 60_000): GroupAlert {
  const set = Labels.fromObject(labels);
  const rest = { annotations: {}, value: undefined, startsAtMs: 0, generatorUrl: '' };
  return { ...rest, labels: set, endsAtMs: resolved ? NOW : endsAtMs, resolved, fingerprint: fingerprint(set) };
}

const equals = (labels: Record<string, string>): readonly Matcher[] =>
  Object.entries(labels).map(([name, value]) => createMatcher(name, '=', value));

const CRITICAL_OVER_WARNING: InhibitRule = {
  name: undefined,
  source: equals({ severity: 'critical' }),
  target: equals({ severity: 'warning' }),
  equal: ['site'],
};

function inhibitor(rules: readonly InhibitRule[], ...alerts: readonly GroupAlert[]): Inhibitor {
  const made = new Inhibitor(rules);
  for (const one of alerts) made.insert(one, NOW);
  return made;
}

const isMuted = (made: Inhibitor, labels: Record<string, string>, at = NOW): boolean =>
  made.mutedBy(Labels.fromObject(labels), at) !== undefined;

describe('inhibition', () => {
  it('keeps a target quiet while a source with the same values of the equal labels fires, and says which', () => {
    const source = alert({ severity: 'critical', site: 'n', alertname: 'Down' });
    const made = inhibitor([CRITICAL_OVER_WARNING], source);
    expect(made.mutedBy(Labels.fromObject({ severity: 'warning', site: 'n' }), NOW)).toEqual({
      by: 'inhibition',
      ids: [source.fingerprint],
      text: 'is explained by {alertname="Down", severity="critical", site="n"}',
    });
    expect(isMuted(made, { severity: 'warning', site: 's' })).toBe(false);
    expect(isMuted(made, { severity: 'info', site: 'n' })).toBe(false);
  });

  it('ends with its source, by word or by silence', () => {
    const made = inhibitor([CRITICAL_OVER_WARNING], alert({ severity: 'critical', site: 'n' }));
    expect(isMuted(made, { severity: 'warning', site: 'n' }, unixMs(NOW + 60_000))).toBe(false);
    const again = inhibitor([CRITICAL_OVER_WARNING], alert({ severity: 'critical', site: 'n' }));
    again.insert(alert({ severity: 'critical', site: 'n' }, true), NOW);
    expect(isMuted(again, { severity: 'warning', site: 'n' })).toBe(false);
    again.insert(alert({ severity: 'critical', site: 'n' }), NOW);
    expect(isMuted(again, { severity: 'warning', site: 'n' })).toBe(true);
  });

  it('takes a label that is missing on both sides for equal, and on one side for the empty text', () => {
    const made = inhibitor([CRITICAL_OVER_WARNING], alert({ severity: 'critical' }));
    expect(isMuted(made, { severity: 'warning' })).toBe(true);
    expect(isMuted(made, { severity: 'warning', site: '' })).toBe(true);
    expect(isMuted(made, { severity: 'warning', site: 'n' })).toBe(false);
  });

  it('without equal labels one source is enough for all targets', () => {
    const made = inhibitor([{ ...CRITICAL_OVER_WARNING, equal: [] }], alert({ severity: 'critical', site: 'n' }));
    expect(isMuted(made, { severity: 'warning', site: 's' })).toBe(true);
  });

  it('what matches both sides is not inhibited by what matches both sides, itself included', () => {
    const both: InhibitRule = {
      name: undefined,
      source: [createMatcher('level', '=~', 'high|low')],
      target: [createMatcher('level', '=~', 'low|mid')],
      equal: [],
    };
    const made = inhibitor([both], alert({ level: 'low', n: '1' }));
    expect(isMuted(made, { level: 'low', n: '1' })).toBe(false);
    expect(isMuted(made, { level: 'low', n: '2' })).toBe(false);
    // Only a target: a two-sided source does.
    expect(isMuted(made, { level: 'mid' })).toBe(true);
    // A one-sided source inhibits both kinds.
    made.insert(alert({ level: 'high' }), NOW);
    expect(isMuted(made, { level: 'low', n: '1' })).toBe(true);
  });

  it('values of several equal labels are not run together', () => {
    const made = inhibitor(
      [{ ...CRITICAL_OVER_WARNING, equal: ['a', 'b'] }],
      alert({ severity: 'critical', a: '1', b: '1:1' }),
    );
    expect(isMuted(made, { severity: 'warning', a: '1', b: '1:1' })).toBe(true);
    expect(isMuted(made, { severity: 'warning', a: '11:1', b: '1' })).toBe(false);
  });

  it('decides as the definition does, for any alerts in any order', () => {
    const label = fc.constantFrom('', 'x', 'y');
    const labels = fc.record({ a: label, b: label, c: label });
    const event = fc.record({ labels, resolved: fc.boolean(), endsInMs: fc.constantFrom(-1, 1, 60_000) });
    const matchers = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('=' as const, '!=' as const), label),
      { maxLength: 2 },
    );
    const rule = fc.record({ source: matchers, target: matchers, equal: fc.subarray(['a', 'b', 'c']) });
    fc.assert(
      fc.property(
        rule,
        fc.array(event, { maxLength: 12 }),
        labels,
        fc.boolean(),
        (written, events, asked, collects) => {
          const made = (list: typeof written.source) =>
            list.map(([name, operator, value]) => createMatcher(name, operator, value));
          const one: InhibitRule = {
            name: undefined,
            source: made(written.source),
            target: made(written.target),
            equal: written.equal,
          };
          const latest = new Map<string, GroupAlert>();
          const subject = new Inhibitor([one]);
          for (const { labels: set, resolved, endsInMs } of events) {
            const next = alert(set, resolved, NOW + endsInMs);
            latest.set(next.labels.key, next);
            subject.insert(next, NOW);
          }
          if (collects) subject.collect(NOW);
          const target = Labels.fromObject(asked);
          const isTwoSided = matchesAll(one.source, target);
          const expected =
            matchesAll(one.target, target) &&
            [...latest.values()].some(
              (source) =>
                !source.resolved &&
                source.endsAtMs > NOW &&
                matchesAll(one.source, source.labels) &&
                one.equal.every((name) => source.labels.get(name) === target.get(name)) &&
                !(isTwoSided && matchesAll(one.target, source.labels)),
            );
          expect(subject.mutedBy(target, NOW) !== undefined).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('costs the same with many sources', () => {
    const rule: InhibitRule = { ...CRITICAL_OVER_WARNING, source: [createMatcher('severity', '!=', '')] };
    const made = new Inhibitor([rule]);
    const count = 20_000;
    for (let i = 0; i < count; i++) made.insert(alert({ severity: 'warning', i: String(i) }), NOW);
    const asked = Array.from({ length: count }, (_, i) => Labels.fromObject({ severity: 'warning', i: String(i) }));
    // Each matches both sides and all stand in one place: looked at one by one this were 400 million comparisons.
    const started = performance.now();
    expect(asked.some((labels) => made.mutedBy(labels, NOW))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
