import { describe, expect, it } from 'vitest';
import { Labels } from '../../../model/labels.ts';
import { createMatcher } from '../../../model/matcher.ts';
import type { MetadataSource, SeriesSelector } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { STALE_NAN, isStale } from '../../../model/stale.ts';
import { MemorySelector } from '../memory-selector.ts';
import { AliasBook } from './alias-book.ts';
import { parseAliasFile } from './alias-file.ts';
import { aliasingSelector } from './aliasing-selector.ts';

const book = new AliasBook(
  parseAliasFile(
    `
families:
  - name: gpu_utilization_ratio
    type: gauge
    help: Busy.
    spellings:
      - { name: gpu_utilization_percent, times: 100, labels: { device_id: gpu } }
      - { name: smi_utilization, labels: { uuid: gpu } }
  - name: memory_bytes
    type: gauge
    help: Memory.
    spellings: [{ name: memory_mb, times: 1.0e-6 }]
  - name: connections_total
    type: counter
    help: Connections by result.
    spellings:
      - { name: failures_total, where: { result: failure } }
      - { name: successes_total, where: { result: success } }
  - name: io_seconds
    type: histogram
    help: Durations.
    histogram: true
    spellings: [{ name: io_ms, times: 1000 }]
derived:
  - { name: bitrate, type: gauge, help: Bits., rate: received_bytes_total, times: 8 }
  - { name: uptime_seconds, type: gauge, help: Age., age: start_seconds }
  - { name: used_percent, type: gauge, help: Used., ratio: [used_bytes, size_bytes], times: 100 }
  - { name: attempts_total, type: counter, help: All., sum: connections_total, without: [result] }
`,
    'aliases.yaml',
  ),
);
const signal = new AbortController().signal;

function house(...series: readonly (readonly [Record<string, string>, readonly (readonly [number, number])[]])[]) {
  const memory = new MemorySelector();
  for (const [labels, points] of series)
    for (const [atMs, value] of points) memory.add(Labels.fromObject(labels), atMs, value);
  const source: SeriesSelector & MetadataSource = {
    select: (...args) => memory.select(...args),
    series: (...args) => memory.series(...args),
    labelNames: (...args) => memory.labelNames(...args),
    labelValues: (...args) => memory.labelValues(...args),
    metadata: () => new Map(),
  };
  const selector = aliasingSelector(source, book);
  return {
    selector,
    async ask(name: string, matchers: Record<string, string> = {}, startMs = 0, endMs = 1_000_000) {
      const set = await selector.select(
        {
          matchers: Object.entries({ __name__: name, ...matchers }).map(([label, value]) =>
            createMatcher(label, '=', value),
          ),
          startMs,
          endMs,
        },
        signal,
      );
      const into = new SampleBuffer();
      return set.labels.map((labels, row) => {
        set.read(row, into);
        const points = Array.from({ length: into.length }, (_, i) => [into.timestampMs[i], into.value[i]]);
        return [labels.toString(), points] as const;
      });
    },
  };
}

describe('aliases', () => {
  it('a seed name is answered from the canonical one, scaled and with its own labels', async () => {
    const { ask } = house([{ __name__: 'gpu_utilization_ratio', gpu: '0', host: 'a' }, [[1_000, 0.07]]]);
    expect(await ask('gpu_utilization_percent')).toEqual([
      ['gpu_utilization_percent{device_id="0", host="a"}', [[1_000, 7.000000000000001]]],
    ]);
    expect(await ask('gpu_utilization_percent', { device_id: '1' })).toEqual([]);
    expect(await ask('smi_utilization', { uuid: '0' })).toHaveLength(1);
  });

  it('a canonical name is answered from what an exporter sends under another', async () => {
    const { ask } = house([{ __name__: 'memory_mb', camera_id: '1' }, [[1_000, 12.5]]]);
    expect(await ask('memory_bytes')).toEqual([['memory_bytes{camera_id="1"}', [[1_000, 12_500_000]]]]);
  });

  it('what is stored under the asked name is not changed, and other cameras are added', async () => {
    const { ask } = house(
      [{ __name__: 'memory_mb', camera_id: '1', job: 'nvr' }, [[1_000, 1]]],
      [{ __name__: 'memory_bytes', camera_id: '1', job: 'prober' }, [[1_000, 5e6]]],
      [{ __name__: 'memory_bytes', camera_id: '2', job: 'prober' }, [[1_000, 7e6]]],
    );
    expect(await ask('memory_mb')).toEqual([
      ['memory_mb{camera_id="1", job="nvr"}', [[1_000, 1]]],
      ['memory_mb{camera_id="2", job="prober"}', [[1_000, 7]]],
    ]);
  });

  it('an exporter that changed its spelling leaves no gap', async () => {
    const { ask } = house(
      [
        { __name__: 'memory_mb', camera_id: '1' },
        [
          [1_000, 1],
          [2_000, 2],
        ],
      ],
      [
        { __name__: 'memory_bytes', camera_id: '1' },
        [
          [2_000, 9e6],
          [3_000, 3e6],
          [4_000, STALE_NAN],
        ],
      ],
    );
    const [[, points] = []] = [(await ask('memory_mb'))[0]].map((row) => row ?? []);
    expect(points?.slice(0, 3)).toEqual([
      [1_000, 1],
      [2_000, 2],
      [3_000, 3],
    ]);
    expect(isStale(points?.[3]?.[1] as number)).toBe(true);
  });

  it('a label that the spelling fixes is demanded, dropped, and added on the way back', async () => {
    const { ask } = house(
      [{ __name__: 'connections_total', result: 'failure', site: 'a' }, [[1_000, 3]]],
      [{ __name__: 'connections_total', result: 'success', site: 'a' }, [[1_000, 9]]],
      [{ __name__: 'failures_total', site: 'b' }, [[1_000, 4]]],
    );
    expect(await ask('failures_total')).toEqual([
      ['failures_total{site="b"}', [[1_000, 4]]],
      ['failures_total{site="a"}', [[1_000, 3]]],
    ]);
    expect(await ask('connections_total', { result: 'failure', site: 'b' })).toEqual([
      ['connections_total{result="failure", site="b"}', [[1_000, 4]]],
    ]);
    expect(await ask('connections_total', { result: 'success', site: 'b' })).toEqual([]);
    expect(await ask('successes_total', { site: 'b' })).toEqual([]);
  });

  it('bounds of buckets are scaled, counts are not', async () => {
    const { ask } = house(
      [{ __name__: 'io_seconds_bucket', le: '0.005' }, [[1_000, 3]]],
      [{ __name__: 'io_seconds_bucket', le: '+Inf' }, [[1_000, 4]]],
      [{ __name__: 'io_seconds_sum' }, [[1_000, 0.5]]],
    );
    expect(await ask('io_ms_bucket')).toEqual([
      ['io_ms_bucket{le="5.0"}', [[1_000, 3]]],
      ['io_ms_bucket{le="+Inf"}', [[1_000, 4]]],
    ]);
    expect(await ask('io_ms_bucket', { le: '5.0' })).toHaveLength(1);
    expect(await ask('io_ms_sum')).toEqual([['io_ms_sum{}'.slice(0, -2), [[1_000, 500]]]]);
  });

  it('a histogram sent in two units has each bucket once, whichever way its bounds are written', async () => {
    const bounds = ['0.1', '0.29', '1.0', '1e+06', '+Inf'];
    const inMs = ['100', '290.0', '1000.0', '1e+09', '+Inf'];
    const { ask, selector } = house(
      ...bounds.map((le, i) => [{ __name__: 'io_seconds_bucket', le, disk: 'a' }, [[1_000, i]]] as const),
      ...inMs.map((le, i) => [{ __name__: 'io_ms_bucket', le, disk: 'a' }, [[1_000, i]]] as const),
    );
    const own = (name: string, all: readonly string[]) =>
      all.map((le, i) => [`${name}{disk="a", le="${le}"}`, [[1_000, i]]]);
    expect(await ask('io_seconds_bucket')).toEqual(own('io_seconds_bucket', bounds));
    expect(await ask('io_ms_bucket')).toEqual(own('io_ms_bucket', inMs));
    const matcherSets = [[createMatcher('__name__', '=', 'io_seconds_bucket')]];
    expect(await selector.series({ matcherSets, startMs: 0, endMs: 2_000 }, signal)).toHaveLength(bounds.length);
  });

  it('bounds that the stored histogram lacks are not mixed into it, and fill in where it is absent', async () => {
    const { ask } = house(
      [
        { __name__: 'io_seconds_bucket', le: '+Inf' },
        [
          [2_000, 10],
          [3_000, 20],
        ],
      ],
      [
        { __name__: 'io_ms_bucket', le: '250.0' },
        [
          [1_000, 1],
          [2_500, 2],
          [4_000, 3],
        ],
      ],
      [
        { __name__: 'io_ms_bucket', le: '+Inf' },
        [
          [1_000, 4],
          [2_500, 5],
          [4_000, 6],
        ],
      ],
    );
    expect(await ask('io_seconds_bucket')).toEqual([
      [
        'io_seconds_bucket{le="+Inf"}',
        [
          [1_000, 4],
          [2_000, 10],
          [3_000, 20],
          [4_000, 6],
        ],
      ],
      [
        'io_seconds_bucket{le="0.25"}',
        [
          [1_000, 1],
          [4_000, 3],
        ],
      ],
    ]);
  });

  it('GPU 0 of one host is not GPU 0 of another that has an exporter with other names', async () => {
    const { ask } = house(
      [{ __name__: 'gpu_utilization_percent', device_id: '0', instance: 'a:9400' }, [[1_000, 10]]],
      [{ __name__: 'gpu_utilization_ratio', gpu: '0', instance: 'b:9835' }, [[2_000, 0.2]]],
      [{ __name__: 'gpu_utilization_ratio', gpu: '0', instance: 'c:9835' }, [[2_000, 0.3]]],
      [{ __name__: 'gpu_utilization_ratio', gpu: '0', instance: 'a:9835' }, [[2_000, 0.4]]],
    );
    expect(await ask('gpu_utilization_percent')).toEqual([
      [
        'gpu_utilization_percent{device_id="0", instance="a:9400"}',
        [
          [1_000, 10],
          [2_000, 40],
        ],
      ],
      ['gpu_utilization_percent{device_id="0", instance="b:9835"}', [[2_000, 20]]],
      ['gpu_utilization_percent{device_id="0", instance="c:9835"}', [[2_000, 30]]],
    ]);
  });

  it('a camera, and a GPU with its own number, are the same wherever they are measured', async () => {
    const { ask } = house(
      [{ __name__: 'memory_mb', camera_id: '1', instance: 'nvr:1' }, [[1_000, 1]]],
      [{ __name__: 'memory_bytes', camera_id: '1', instance: 'prober:2' }, [[2_000, 2e6]]],
      [{ __name__: 'smi_utilization', uuid: 'GPU-7a', instance: 'nvr:1' }, [[1_000, 0.5]]],
      [{ __name__: 'gpu_utilization_ratio', gpu: 'GPU-7a', instance: 'prober:2' }, [[2_000, 0.25]]],
    );
    expect(await ask('memory_mb')).toHaveLength(1);
    expect(await ask('gpu_utilization_ratio')).toHaveLength(1);
  });

  it('derives rates, ages, ratios and sums sample by sample', async () => {
    const { ask } = house(
      [
        { __name__: 'received_bytes_total', camera_id: '1' },
        [
          [0, 100],
          [10_000, 350],
          [20_000, 50],
        ],
      ],
      [{ __name__: 'start_seconds', camera_id: '1' }, [[70_000, 60]]],
      [{ __name__: 'used_bytes', disk: 'a' }, [[1_000, 25]]],
      [{ __name__: 'size_bytes', disk: 'a' }, [[1_000, 200]]],
      [
        { __name__: 'connections_total', result: 'failure', site: 'a' },
        [
          [1_000, 3],
          [2_000, STALE_NAN],
        ],
      ],
      [
        { __name__: 'connections_total', result: 'success', site: 'a' },
        [
          [1_000, 9],
          [2_000, 10],
        ],
      ],
    );
    expect(await ask('bitrate')).toEqual([
      [
        'bitrate{camera_id="1"}',
        [
          [10_000, 200],
          [20_000, 40],
        ],
      ],
    ]);
    expect(await ask('bitrate', {}, 15_000)).toEqual([['bitrate{camera_id="1"}', [[20_000, 40]]]]);
    expect(await ask('uptime_seconds')).toEqual([['uptime_seconds{camera_id="1"}', [[70_000, 10]]]]);
    expect(await ask('used_percent')).toEqual([['used_percent{disk="a"}', [[1_000, 12.5]]]]);
    expect(await ask('attempts_total')).toEqual([
      [
        'attempts_total{site="a"}',
        [
          [1_000, 12],
          [2_000, 10],
        ],
      ],
    ]);
    expect(await ask('attempts_total', { site: 'b' })).toEqual([]);
  });

  it('label queries that name a spelling find its series; lists of all names hold what is stored', async () => {
    const { selector } = house([{ __name__: 'gpu_utilization_ratio', gpu: '0' }, [[1_000, 0.5]]]);
    const named = [[createMatcher('__name__', '=', 'gpu_utilization_percent')]];
    const range = { startMs: 0, endMs: 2_000 };
    expect(await selector.labelValues('device_id', { matcherSets: named, ...range }, signal)).toEqual(['0']);
    expect(await selector.labelNames({ matcherSets: named, ...range }, signal)).toEqual(['__name__', 'device_id']);
    expect((await selector.series({ matcherSets: named, ...range }, signal)).map(String)).toEqual([
      'gpu_utilization_percent{device_id="0"}',
    ]);
    expect(await selector.labelValues('__name__', { matcherSets: [], ...range }, signal)).toEqual([
      'gpu_utilization_ratio',
    ]);
    expect(selector.metadata('gpu_utilization_percent').get('gpu_utilization_percent')?.[0]?.type).toBe('gauge');
  });

  it('a name with two meanings is refused', () => {
    const twice = 'families: [{ name: a, type: gauge, help: x, spellings: [{ name: b }, { name: b }] }]';
    expect(() => new AliasBook(parseAliasFile(twice, 'aliases.yaml'))).toThrow(/alias b is defined twice/);
    expect(() => parseAliasFile('derived: [{ name: a, type: gauge, help: x }]', 'aliases.yaml')).toThrow(/exactly one/);
  });
});
