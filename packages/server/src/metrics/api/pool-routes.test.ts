import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { MetadataSource } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
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
  const status = { scrapePool: (name: string) => (name === 'cameras' ? 'job_name: cameras\n' : undefined) };
  await app.register(metricsApi({ engine: openQueryEngine({ selector: store, clock }), store, clock, status }));
  const answer = await app.inject({ method: 'GET', url });
  await app.close();
  return answer.json();
}

describe('the configuration of a scrape pool', () => {
  it('is given as YAML', async () => {
    expect((await get('/api/v1/scrape_pools/config?scrapePool=cameras'))['data']).toEqual({
      yaml: 'job_name: cameras\n',
    });
    expect((await get('/api/v1/scrape_pools/config?scrapePool=other'))['error']).toMatch(/no job "other"/);
    expect((await get('/api/v1/scrape_pools/config'))['error']).toBe('no scrapePool parameter provided');
  });
});
