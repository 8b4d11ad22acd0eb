import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/base/yaml-source.ts';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { MemorySelector, openQueryEngine } from '../../src/metrics/query/index.ts';

const shared = join(import.meta.dirname, '../../../../../shared');
const seeds = join(shared, 'seed-samples');
const anomaly = join(shared, 'fixtures/anomaly-rules');

/** The one expression of the seeds that is not PromQL, and what the engine proposes instead. */
const WRONG = 'rate(analytics_frames_processed_total[5m]) by (camera_id)';
const MEANT = 'sum by (camera_id) (rate(analytics_frames_processed_total[5m]))';

describe('expressions of the monitoring guides', () => {
  const engine = openQueryEngine({ selector: new MemorySelector(), clock: new SystemClock() });
  const run = async (query: string): Promise<string | undefined> => {
    try {
      const window = { startMs: unixMs(0), endMs: unixMs(600_000), stepMs: 60_000 };
      await engine.range(query, window, { signal: new AbortController().signal });
      return undefined;
    } catch (error) {
      if (!isVedetteError(error)) throw error;
      return `${query}: ${error.message}`;
    }
  };

  it('that are wrong are refused with the place and the query that was meant', async () => {
    await expect(engine.instant(WRONG, unixMs(0), { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'PROMQL_PARSE',
      message: '1:44: parse error: unexpected <by>',
      details: { start: 43, fix: MEANT },
    });
    expect(await run(MEANT)).toBeUndefined();
  });

  if (!existsSync(seeds)) {
    it('are not here: one line says so', () => {
      process.stdout.write('shared/seed-samples absent: its PromQL files and the anomaly rules were not run\n');
      expect(existsSync(anomaly)).toBe(false);
    });
    return;
  }

  it('all run', async () => {
    const queries: string[] = [];
    for (const file of readdirSync(seeds).filter((name) => name.endsWith('.promql'))) {
      const text = readFileSync(join(seeds, file), 'utf8');
      // Expressions are set apart by comments or empty lines.
      queries.push(...text.split(/\n\s*\n|\n(?=#)/).map((part) => part.replace(/^#.*$/gm, '').trim()));
    }
    for (const file of readdirSync(anomaly).filter((name) => name.endsWith('.yml'))) {
      for (const source of readYaml(readFileSync(join(anomaly, file), 'utf8'), file)) collect(source.toJS(), queries);
    }
    const asked = queries.filter((query) => query !== '');
    expect(asked.length).toBeGreaterThan(30);
    const failures = (await Promise.all(asked.map(run))).filter((failure) => failure !== undefined);
    expect(failures).toEqual([]);
  });
});

function collect(value: unknown, queries: string[]): void {
  if (Array.isArray(value)) for (const item of value) collect(item, queries);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'expr' && typeof inner === 'string') queries.push(inner);
      else collect(inner, queries);
    }
  }
}
