import { describe, expect, it } from 'vitest';
import { type Scope, type VariableValue, interpolate, referencedVariables } from './interpolate.ts';

const value = (values: string[], rest: Partial<VariableValue> = {}): VariableValue => ({
  values,
  texts: values,
  allValue: null,
  multi: values.length > 1,
  ...rest,
});

function scope(variables: Record<string, VariableValue>): Scope {
  return {
    variables: new Map(Object.entries(variables)),
    fromMs: 1_700_000_000_000,
    toMs: 1_700_003_600_000,
    stepMs: 15_000,
    rateIntervalMs: 60_000,
  };
}

describe('interpolate', () => {
  const sites = scope({ site: value(['a.b', 'c|d']), one: value(['node"1\\x']), job: value(['x'], { multi: true }) });

  it.each([
    ['up{s=~"$site"}', String.raw`up{s=~"(a\\.b|c\\|d)"}`],
    ['up{s=~"${site:regex}"}', String.raw`up{s=~"(a\.b|c\|d)"}`],
    ['up{s=~"[[site]]"}', String.raw`up{s=~"(a\\.b|c\\|d)"}`],
    ['up{i="$one"}', String.raw`up{i="node\"1\\x"}`],
    ['up{j="$job"}', 'up{j="x"}'],
    ['${site:pipe}', 'a.b|c|d'],
    ['${site:csv}', 'a.b,c|d'],
    ['${site:raw}', 'a.b,c|d'],
    ['${site:json}', '["a.b","c|d"]'],
    ['${site:glob}', '{a.b,c|d}'],
    ['[$__rate_interval]', '[1m]'],
    ['[$__interval:${__interval_ms}]', '[15s:15000]'],
    ['[$__range] $__range_s $__range_ms', '[3600s] 3600 3600000'],
    ['$__from ${__to:date:seconds}', '1700000000000 1700003600'],
    ['$unknown ${unknown:csv}', '$unknown ${unknown:csv}'],
    ['$site2', '$site2'],
  ])('replaces %s', (template, expected) => expect(interpolate(template, sites, 'promql')).toBe(expected));

  it('writes the own value of All unescaped', () => {
    const all = scope({ site: value(['a', 'b'], { allValue: '.*' }) });
    expect(interpolate('up{s=~"$site"}', all, 'promql')).toBe('up{s=~".*"}');
  });

  it('joins the texts for people', () => expect(interpolate('Site $site', sites, 'text')).toBe('Site a.b + c|d'));
});

it('finds the variables a query waits for', () => {
  expect(referencedVariables('rate(x{a="$a",b=~"${b:regex}",c="[[c]]"}[$__rate_interval]) + $a')).toEqual([
    'a',
    'b',
    'c',
  ]);
});
