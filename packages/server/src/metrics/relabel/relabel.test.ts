import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { Relabeler, relabelConfigs } from './index.ts';

function relabel(labels: Record<string, string>, ...rules: unknown[]): Record<string, string> | undefined {
  return new Relabeler(relabelConfigs.parse(rules)).relabel(Labels.fromObject(labels))?.toObject();
}

function fault(rule: unknown): string {
  const result = relabelConfigs.safeParse([rule]);
  return result.success
    ? 'accepted'
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}

describe('relabelling', () => {
  it('replaces with groups by number and by name, and joins source labels', () => {
    expect(
      relabel(
        { a: 'x', b: 'y' },
        { source_labels: ['a', 'b'], regex: '(.);(?P<second>.)', target_label: 'c', replacement: '${second}-$1-$$' },
      ),
    ).toMatchObject({ c: 'y-x-$' });
    expect(relabel({ a: 'x' }, { source_labels: ['a'], target_label: 'b' })).toEqual({ a: 'x', b: 'x' });
    expect(
      relabel({ a: 'x' }, { source_labels: ['a'], regex: '(.)', target_label: 'b', replacement: '[$1x][$9][${1}x]' }),
    ).toMatchObject({ b: '[][][xx]' });
  });

  it('expands the target label too', () => {
    expect(
      relabel({ a: 'k=v' }, { source_labels: ['a'], regex: '(.+)=(.+)', target_label: 'l_$1', replacement: '$2' }),
    ).toEqual({ a: 'k=v', l_k: 'v' });
  });

  it('an expression must match the whole value, line feeds included', () => {
    expect(relabel({ a: 'xy' }, { source_labels: ['a'], regex: 'x', target_label: 'b', replacement: 'z' })).toEqual({
      a: 'xy',
    });
    expect(
      relabel({ a: 'x\ny' }, { source_labels: ['a'], regex: '(.*)y', target_label: 'b', replacement: 'z' }),
    ).toMatchObject({ b: 'z' });
  });

  it('an empty replacement removes the label', () => {
    expect(relabel({ a: 'x', b: 'y' }, { target_label: 'b', replacement: '' })).toEqual({ a: 'x' });
    expect(relabel({ a: 'x', b: 'y' }, { source_labels: ['none'], target_label: 'b' })).toEqual({ a: 'x' });
  });

  it('keeps and drops', () => {
    expect(relabel({ a: 'x' }, { source_labels: ['a'], regex: 'x|y', action: 'keep' })).toEqual({ a: 'x' });
    expect(relabel({ a: 'z' }, { source_labels: ['a'], regex: 'x|y', action: 'keep' })).toBeUndefined();
    expect(relabel({ a: 'x' }, { source_labels: ['a'], regex: 'x.*', action: 'drop' })).toBeUndefined();
    expect(relabel({ a: 'x', b: 'x' }, { source_labels: ['a'], target_label: 'b', action: 'keepequal' })).toBeDefined();
    expect(
      relabel({ a: 'x', b: 'y' }, { source_labels: ['a'], target_label: 'b', action: 'keepequal' }),
    ).toBeUndefined();
    expect(
      relabel({ a: 'x', b: 'x' }, { source_labels: ['a'], target_label: 'b', action: 'dropequal' }),
    ).toBeUndefined();
    expect(relabel({ a: 'x', b: 'y' }, { source_labels: ['a'], target_label: 'b', action: 'dropequal' })).toBeDefined();
  });

  it('hashes as Prometheus does: the last eight bytes of the MD5', () => {
    // md5("x") = 9dd4e461268c8034f5c8564e155c67a6
    const expected = String(0xf5c8564e155c67a6n % 1_000n);
    expect(
      relabel({ a: 'x' }, { source_labels: ['a'], target_label: 'shard', modulus: 1_000, action: 'hashmod' }),
    ).toMatchObject({ shard: expected });
  });

  it('maps, drops and keeps labels by name', () => {
    expect(relabel({ __meta_a: '1', b: '2' }, { regex: '__meta_(.+)', action: 'labelmap' })).toEqual({
      __meta_a: '1',
      a: '1',
      b: '2',
    });
    expect(relabel({ ab: '1', ac: '2', d: '3' }, { regex: 'a.', action: 'labeldrop' })).toEqual({ d: '3' });
    expect(relabel({ ab: '1', ac: '2', d: '3' }, { regex: 'a.', action: 'labelkeep' })).toEqual({ ab: '1', ac: '2' });
  });

  it('changes case', () => {
    expect(
      relabel(
        { a: 'xY' },
        { source_labels: ['a'], target_label: 'u', action: 'uppercase' },
        { source_labels: ['a'], target_label: 'l', action: 'Lowercase' },
      ),
    ).toEqual({ a: 'xY', l: 'xy', u: 'XY' });
  });

  it.each<[rule: unknown, message: string | RegExp]>([
    [{ regex: 'x' }, "0.target_label: relabel configuration for replace action requires 'target_label' value"],
    [
      { action: 'hashmod', target_label: 'a' },
      '0.modulus: relabel configuration for hashmod requires non-zero modulus',
    ],
    [{ action: 'hashmod', modulus: 3 }, /requires 'target_label' value/],
    [
      { action: 'keepequal', target_label: 'a', separator: ',' },
      /keepequal action requires only 'source_labels' and 'target_label'/,
    ],
    [{ action: 'lowercase', target_label: 'a', replacement: 'b' }, /'replacement' can not be set for lowercase action/],
    [{ action: 'labeldrop', source_labels: ['a'] }, /labeldrop action requires only 'regex', and no other fields/],
    [{ action: 'labelmap', replacement: '' }, /invalid 'replacement' for labelmap/],
    [{ action: 'explode' }, /unknown relabel action "explode"; use one of replace/],
    [{ regex: 'a(b', target_label: 'x' }, /^0\.regex: not a valid RE2 regular expression/],
    [null, /empty relabelling rule/],
    [{ regex: null, target_label: 'a', replacement: 'b' }, 'accepted'],
  ])('checks %j', (rule, message) => {
    if (typeof message === 'string') expect(fault(rule)).toBe(message);
    else expect(fault(rule)).toMatch(message);
  });
});
