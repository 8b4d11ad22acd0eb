import type { TargetSeriesOverview } from '@vedette/wire/http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Running, ask, cleanUp, page, poolFor, run, serve } from '../support/scrape-harness.ts';

afterEach(cleanUp);

const rows = (count: number): string =>
  Array.from({ length: count }, (_, i) => `http_requests{path="/p/${i}",code="200"} ${i}\n`).join('');

async function seriesOf({ receive }: Running): Promise<TargetSeriesOverview> {
  return (await ask(receive, '/api/vedette/target-series')).json as TargetSeriesOverview;
}

describe('/api/vedette/target-series', () => {
  it('names the target over its sample_limit and the label to blame, until it is within it again', async () => {
    let count = 30;
    const address = await serve(page(() => rows(count)));
    const running = await run(poolFor(address, '    sample_limit: 10\n'));
    expect(await seriesOf(running)).toMatchObject({ targetsTotal: 1, overLimitTotal: 0, overLimit: [] });
    await running.interval();
    const target = {
      scrapePool: 'cams',
      instance: address,
      scrapeUrl: `http://${address}/metrics`,
      samples: 30,
      seriesAdded: 10,
      sampleLimit: 10,
    };
    expect(await seriesOf(running)).toEqual({
      targetsTotal: 1,
      overLimitTotal: 1,
      overLimit: [
        {
          ...target,
          limit: 'sample_limit',
          label: 'path',
          error:
            'sample_limit exceeded: 30 samples after relabelling, limit 10; most are http_requests (30), whose label "path" has 30 values',
        },
      ],
      largest: [target],
    });
    count = 5;
    await running.interval();
    expect(await seriesOf(running)).toMatchObject({ overLimitTotal: 0, largest: [{ samples: 5 }] });
  });

  it.each([
    ['label_limit: 1', 'label_limit', null],
    ['label_name_length_limit: 7', 'label_name_length_limit', '__name__'],
    ['label_value_length_limit: 13', 'label_value_length_limit', '__name__'],
    ['body_size_limit: 10B', 'body_size_limit', null],
  ])('knows which limit it was: %s', async (setting, limit, label) => {
    const address = await serve(page(() => 'a_long_metric_name 1\n'));
    const running = await run(poolFor(address, `    ${setting}\n`));
    await running.interval();
    expect((await seriesOf(running)).overLimit).toMatchObject([{ limit, label }]);
  });

  it('knows the targets of a job that is over its target_limit', async () => {
    const address = await serve(page(() => rows(3)));
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    target_limit: 1
    static_configs: [{ targets: ['${address}'] }]
  - job_name: more
    scrape_interval: 10s
    target_limit: 1
    static_configs: [{ targets: ['${address}', '127.0.0.1:1'] }]
`);
    await running.interval();
    const { overLimit, overLimitTotal } = await seriesOf(running);
    expect(overLimitTotal).toBe(2);
    expect(overLimit.map(({ scrapePool, limit }) => [scrapePool, limit])).toEqual([
      ['more', 'target_limit'],
      ['more', 'target_limit'],
    ]);
  });

  it('tells of a target whose new series the store turned away; the target stays up', async () => {
    const address = await serve(page(() => rows(3)));
    const running = await run(poolFor(address));
    running.sink.seriesLimit = { samples: 2, text: 'storage.active_series is 6 and reached', label: 'path' };
    await running.interval();
    const error = 'scraped, but 2 samples of new series were refused: storage.active_series is 6 and reached';
    expect((await seriesOf(running)).overLimit).toMatchObject([
      { limit: 'storage.active_series', label: 'path', error, samples: 3 },
    ]);
    expect(await running.target()).toMatchObject({ health: 'up', lastError: error });
  });

  it('lists the targets with the most samples first', async () => {
    const [few, many] = await Promise.all([serve(page(() => rows(2))), serve(page(() => rows(9)))]);
    const running = await run(`
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    static_configs: [{ targets: ['${few}', '${many}', '127.0.0.1:1'] }]
`);
    await running.interval();
    await running.interval();
    const { largest } = await seriesOf(running);
    expect(largest.map(({ instance, samples }) => [instance, samples])).toEqual([
      [many, 9],
      [few, 2],
      ['127.0.0.1:1', 0],
    ]);
  });
});
