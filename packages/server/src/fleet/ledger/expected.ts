import type { Camera } from '@vedette/wire/http';
import type { Inventory } from '../ports.ts';
import { type Span, merged } from './spans.ts';

/** Schedules and maintenance are written to the minute. */
const STEP_MS = 60_000;

/** When the camera was not expected to run, by what the inventory says today. */
export function restsOf(
  inventory: Inventory,
  camera: Camera,
  { fromMs, toMs }: Span,
): { readonly maintenance: readonly Span[]; readonly unscheduled: readonly Span[] } {
  if (camera.schedule === undefined && camera.maintenance === undefined) return { maintenance: [], unscheduled: [] };
  const maintenance: Span[] = [];
  const unscheduled: Span[] = [];
  for (let atMs = fromMs; atMs < toMs;) {
    const nextMs = Math.min((Math.floor(atMs / STEP_MS) + 1) * STEP_MS, toMs);
    const expectation = inventory.expectation(camera, atMs);
    if (expectation.maintenance) maintenance.push({ fromMs: atMs, toMs: nextMs });
    else if (!expectation.scheduled) unscheduled.push({ fromMs: atMs, toMs: nextMs });
    atMs = nextMs;
  }
  return { maintenance: merged(maintenance), unscheduled: merged(unscheduled) };
}
