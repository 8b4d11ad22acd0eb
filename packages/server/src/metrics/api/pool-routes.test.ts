import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { MetadataSource } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { relabelConfigs } from '../relabel/index.ts';
import { metricsApi } from './index.ts';

class Store extends MemorySelector implements MetadataSource {
  metadata(): ReturnType<MetadataSource['metadata']> {
    return new Map();
  }
}

async function get(url: string): Promise<Record<string, unknown>> {
  const store = new Store();
  const clock = new VirtualClock(0);
  const app = fastify();
  const pool = {
    yaml: 'job_name: cameras\n',
    relabelConfigs: relabelConfigs.parse([
      { source_labels: ['__address__'], target_label: 'copy' },
      { source_labels: ['copy'], regex: 'gone.*', action: 'drop' },
      { source_labels: ['copy'], target_label: 'again' },
    ]),
  };
  const status = { scrapePool: (name: string) => (name === 'cameras' ? pool : undefined) };
  await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), store, clock, status }));
  const answer = await app.inject({ method: 'GET', url });
  await app.close();
  return answer.json();
}

const steps = (labels: string): Promise<Record<string, unknown>> =>
  get(`/api/v1/targets/relabel_steps?scrapePool=cameras&labels=${encodeURIComponent(labels)}`);

describe('the configuration of a scrape pool', () => {
  it('is given as YAML', async () => {
    expect((await get('/api/v1/scrape_pools/config?scrapePool=cameras'))['data']).toEqual({
      yaml: 'job_name: cameras\n',
    });
    expect((await get('/api/v1/scrape_pools/config?scrapePool=other'))['error']).toMatch(/no scrape pool "other"/);
    expect((await get('/api/v1/scrape_pools/config'))['error']).toBe('no scrapePool parameter provided');
  });

  it('shows what each relabelling rule does, up to the one that drops the target', async () => {
    expect((await steps('{"__address__":"a:1"}'))['data']).toMatchObject({
      steps: [
        { keep: true, output: { __address__: 'a:1', copy: 'a:1' }, rule: { action: 'replace', target_label: 'copy' } },
        { keep: true, output: { __address__: 'a:1', copy: 'a:1' }, rule: { action: 'drop' } },
        { keep: true, output: { __address__: 'a:1', copy: 'a:1', again: 'a:1' } },
      ],
    });
    expect((await steps('{"__address__":"gone:1"}'))['data']).toMatchObject({
      steps: [{ keep: true }, { keep: false, output: {} }, { keep: false, output: {} }],
    });
  });

  it.each(['', '{', '[]', 'null', '{"a":1}'])('refuses the labels %s', async (labels) => {
    expect((await steps(labels))['errorType']).toBe('bad_data');
  });
});
