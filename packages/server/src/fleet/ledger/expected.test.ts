import type { Camera } from '@vedette/wire/http';
import { expect, it } from 'vitest';
import { expectationOf } from '../inventory/expectation.ts';
import { scheduleOfText } from '../inventory/schedule-text.ts';
import { restsOf } from './expected.ts';

const DAY_MS = 86_400_000;

it("a month of a camera with a schedule lets others have their turn, and knows each night's rest", async () => {
  const camera: Camera = { id: 'cam-1', source: 'file', schedule: scheduleOfText('08:00-18:00 UTC') ?? [] };
  const inventory = { expectation: expectationOf };
  const fromMs = Date.UTC(2026, 9, 1);
  let turns = 0;
  const count = (): void => {
    turns++;
    turning = setImmediate(count);
  };
  let turning = setImmediate(count);
  const { maintenance, unscheduled } = await restsOf(inventory, camera, { fromMs, toMs: fromMs + 31 * DAY_MS });
  clearImmediate(turning);
  expect(turns).toBeGreaterThan(50);
  expect(maintenance).toEqual([]);
  expect(unscheduled).toHaveLength(32);
  expect(unscheduled[1]).toEqual({ fromMs: fromMs + 18 * 3_600_000, toMs: fromMs + DAY_MS + 8 * 3_600_000 });
});
