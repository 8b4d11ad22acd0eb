import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { MetadataSource } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { metricsApi } from './index.ts';
import type { ScrapePoolFacts } from './pool-routes.ts';

class Store extends MemorySelector implements MetadataSource {
  metadata(): ReturnType<MetadataSource['metadata']> {
    return new Map();
  }
}

async function get(url: string): Promise<Record<string, unknown>> {
  const store = new Store();
  const clock = new VirtualClock(0);
  const app = fastify();
  const pool: ScrapePoolFacts = {
    yaml: 'job_name: cameras\n',
    relabelSteps: (labels) => [
      { rule: { action: 'replace' }, output: labels.with('copy', labels.get('__address__')), keep: true },
      { rule: { action: 'drop' }, output: Labels.EMPTY, keep: false },
    ],
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

  it('shows what each relabelling rule makes of the labels', async () => {
    expect((await steps('{"__address__":"a:1"}'))['data']).toEqual({
      steps: [
        { rule: { action: 'replace' }, output: { __address__: 'a:1', copy: 'a:1' }, keep: true },
        { rule: { action: 'drop' }, output: {}, keep: false },
      ],
    });
  });

  it.each(['', '{', '[]', 'null', '{"a":1}'])('refuses the labels %s', async (labels) => {
    expect((await steps(labels))['errorType']).toBe('bad_data');
  });
});
