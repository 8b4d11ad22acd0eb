import type { DashboardModel, VariableModel } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { type Lookup, parseLookup } from './lookup.ts';
import { applyRegex, chooseValues, parseCustom, sortOptions } from './options.ts';
import { lacksOptions, resolveVariables } from './resolve.ts';

describe('parseLookup', () => {
  it.each([
    ['label_values(job)', { kind: 'labelValues', label: 'job', selector: '' }],
    [
      'label_values(up{job="a,b", x=~"c"}, instance)',
      { kind: 'labelValues', label: 'instance', selector: 'up{job="a,b", x=~"c"}' },
    ],
    ['label_values( up , job )', { kind: 'labelValues', label: 'job', selector: 'up' }],
    ['label_names()', { kind: 'labelNames', selector: '' }],
    ['metrics(node_.*)', { kind: 'metrics', pattern: 'node_.*' }],
    ['query_result(topk(5, up))', { kind: 'queryResult', expr: 'topk(5, up)' }],
    ['up{job="x"}', { kind: 'series', selector: 'up{job="x"}' }],
    ['', null],
  ])('reads %j', (query, lookup) => expect(parseLookup(query)).toEqual(lookup));
});

describe('options', () => {
  it('keeps the group of a pattern, or its named groups', () => {
    expect(applyRegex(['cam-1', 'nvr-1'], '/cam-(.*)/')).toEqual([{ text: '1', value: '1' }]);
    expect(applyRegex(['a=1'], '/(?<text>\\w)=(?<value>\\d)/')).toEqual([{ text: 'a', value: '1' }]);
  });

  it('sorts numbers inside words', () => {
    const names = ['cam10', 'cam2', 'cam1'].map((value) => ({ text: value, value }));
    expect(sortOptions(names, 3).map((option) => option.value)).toEqual(['cam1', 'cam2', 'cam10']);
    expect(sortOptions(names, 4).map((option) => option.value)).toEqual(['cam10', 'cam2', 'cam1']);
    expect(sortOptions(names, 0).map((option) => option.value)).toEqual(['cam10', 'cam2', 'cam1']);
  });

  it('reads the definition of a custom variable', () => {
    expect(parseCustom('a, Bee : b, c\\,d')).toEqual([
      { text: 'a', value: 'a' },
      { text: 'Bee', value: 'b' },
      { text: 'c,d', value: 'c,d' },
    ]);
  });
});

const variable = (name: string, rest: Partial<VariableModel> = {}): VariableModel => ({
  name,
  label: '',
  type: 'query',
  query: '',
  regex: '',
  options: [],
  current: [],
  multi: false,
  includeAll: false,
  allValue: null,
  hide: 'none',
  sort: 1,
  auto: false,
  ...rest,
});

describe('chooseValues', () => {
  const options = [
    { text: 'a', value: 'a' },
    { text: 'b', value: 'b' },
  ];

  it('prefers the address, then the file, then all, then the first', () => {
    expect(chooseValues(variable('x', { current: ['b'] }), options, ['c'])).toEqual(['c']);
    expect(chooseValues(variable('x', { current: ['b'] }), options, null)).toEqual(['b']);
    expect(chooseValues(variable('x', { current: ['gone'], includeAll: true }), options, null)).toEqual(['$__all']);
    expect(chooseValues(variable('x'), options, null)).toEqual(['a']);
  });
});

describe('resolveVariables', () => {
  const range = { fromMs: 0, toMs: 3_600_000 };
  const model = (variables: VariableModel[]): DashboardModel => ({
    uid: 'x',
    title: '',
    description: '',
    tags: [],
    folder: '',
    source: 'file',
    time: { from: 'now-1h', to: 'now' },
    refresh: '',
    timezone: '',
    variables,
    panels: [],
    problems: [],
  });

  it('asks for a variable after those that it names, whatever their order in the file', async () => {
    const asked: Lookup[] = [];
    const resolved = await resolveVariables(
      model([
        variable('camera', { query: 'label_values(up{site="$site"}, camera)' }),
        variable('site', { query: 'label_values(site)' }),
      ]),
      new Map([['site', ['b']]]),
      range,
      {
        lookup: async (lookup) => {
          asked.push(lookup);
          return lookup.kind === 'labelValues' && lookup.label === 'site' ? ['a', 'b'] : ['cam1'];
        },
      },
    );
    expect(asked[1]).toEqual({ kind: 'labelValues', label: 'camera', selector: 'up{site="b"}' });
    expect(resolved.get('camera')?.value.values).toEqual(['cam1']);
  });

  it('keeps the error of one variable beside the values of the others', async () => {
    const fault = new Error('no');
    const resolved = await resolveVariables(
      model([variable('bad', { query: 'label_values(x)' }), variable('good', { type: 'custom', query: 'a,b' })]),
      new Map(),
      range,
      {
        lookup: async () => {
          throw fault;
        },
      },
    );
    expect(resolved.get('bad')?.error).toBe(fault);
    expect(resolved.get('good')?.value.values).toEqual(['a']);
  });

  it('writes every option for All, or the own value of the file', async () => {
    const all = { type: 'custom', query: 'a,b', multi: true, includeAll: true, current: ['$__all'] } as const;
    const resolved = await resolveVariables(
      model([variable('x', all), variable('y', { ...all, allValue: '.*' })]),
      new Map(),
      range,
      { lookup: async () => [] },
    );
    expect(resolved.get('x')?.value).toMatchObject({ values: ['a', 'b'], allValue: null });
    expect(resolved.get('y')?.value.allValue).toBe('.*');
  });

  it('knows when the server has no names yet, so that they are asked for again', async () => {
    const wanted = model([
      variable('job', { query: 'label_values(job)' }),
      variable('own', { type: 'custom', query: 'a' }),
    ]);
    const early = await resolveVariables(wanted, new Map(), range, { lookup: async () => [] });
    const later = await resolveVariables(wanted, new Map(), range, { lookup: async () => ['host'] });
    expect([lacksOptions(early), lacksOptions(later)]).toEqual([true, false]);
  });

  it('chooses an automatic interval for the range', async () => {
    const resolved = await resolveVariables(
      model([variable('i', { type: 'interval', query: '1m,5m', auto: true })]),
      new Map(),
      range,
      { lookup: async () => [] },
    );
    expect(resolved.get('i')?.value.values).toEqual(['1m']);
  });
});
