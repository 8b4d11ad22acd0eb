import type { Camera } from '@vedette/wire/http';
import type { Inventory } from '../ports.ts';
import { type Span, merged } from './spans.ts';

/** Schedules and maintenance are written to the minute. */
const STEP_MS = 60_000;

/** Steps between two turns of the event loop, some milliseconds: a month has 44,640, and probes must not be late for a page. */
const STEPS_PER_TURN = 500;

/** When the camera was not expected to run, by what the inventory says today. */
export async function restsOf(
  inventory: Pick<Inventory, 'expectation'>,
  camera: Camera,
  { fromMs, toMs }: Span,
): Promise<{ readonly maintenance: readonly Span[]; readonly unscheduled: readonly Span[] }> {
  if (camera.schedule === undefined && camera.maintenance === undefined) return { maintenance: [], unscheduled: [] };
  const maintenance: Span[] = [];
  const unscheduled: Span[] = [];
  let steps = 0;
  for (let atMs = fromMs; atMs < toMs;) {
    if (++steps % STEPS_PER_TURN === 0) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    const nextMs = Math.min((Math.floor(atMs / STEP_MS) + 1) * STEP_MS, toMs);
    const expectation = inventory.expectation(camera, atMs);
    if (expectation.maintenance) maintenance.push({ fromMs: atMs, toMs: nextMs });
    else if (!expectation.scheduled) unscheduled.push({ fromMs: atMs, toMs: nextMs });
    atMs = nextMs;
  }
  return { maintenance: merged(maintenance), unscheduled: merged(unscheduled) };
}
