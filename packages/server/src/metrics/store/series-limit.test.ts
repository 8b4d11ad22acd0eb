import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { SeriesLimit } from './series-limit.ts';

const series = (session: number): Labels => Labels.fromObject({ __name__: 'frames', session: `s-${session}` });

it('blames whom it found when the limit was reached, remembers it, and looks anew the next time', async () => {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => warnings.push(message) };
  const clock = new VirtualClock();
  const catalog = new SeriesCatalog();
  const limit = new SeriesLimit({ catalog, clock, logger }, 2);
  const refs = [catalog.create(series(1)), catalog.create(series(2))];
  expect([limit.isReached, limit.refusal]).toEqual([true, undefined]);

  const sinceMs = clock.now();
  limit.refuse(series(3));
  await clock.advance(1_000);
  limit.refuse(series(4));
  const text =
    'storage.active_series is 2 and reached; the label "session" has 2 values, the metric "frames" has 2 series';
  expect(limit.refusal).toEqual({
    isOn: true,
    text,
    label: { name: 'session', value: 2 },
    metric: { name: 'frames', value: 2 },
    sinceMs,
    lastMs: sinceMs + 1_000,
  });
  expect(warnings).toEqual([
    `samples of new series are refused: ${text}; remove a label with many values, or raise it`,
  ]);

  limit.recheck();
  expect(limit.refusal?.isOn).toBe(true);
  catalog.remove(new Set(refs));
  limit.recheck();
  expect(limit.refusal).toMatchObject({ isOn: false, text, lastMs: sinceMs + 1_000 });

  for (const site of ['a', 'b']) catalog.create(Labels.fromObject({ __name__: 'up', site }));
  limit.refuse(series(5));
  expect(limit.refusal).toMatchObject({ isOn: true, label: { name: 'site' }, metric: { name: 'up' } });
  expect(warnings).toHaveLength(2);
});
