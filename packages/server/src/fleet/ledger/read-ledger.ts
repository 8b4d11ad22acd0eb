import type { Camera, LedgerAnswer } from '@vedette/wire/http';
import type { Database } from '../../clickhouse/index.ts';
import { createMatcher } from '../../model/matcher.ts';
import type { SeriesSelector } from '../../model/ports.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { EVENTS_MAX, readEvents, readStateBefore } from '../events/index.ts';
import type { Inventory } from '../ports.ts';
import { restsOf } from './expected.ts';
import { ledgerOf } from './ledger.ts';
import { type Recorded, recordedSpans } from './recorded.ts';
import type { Span } from './spans.ts';

export const LEDGER_WINDOW_MAX_MS = 31 * 86_400_000;
/** A month of a sample every two seconds. */
const SAMPLES_MAX = 1_500_000;
const SERIES_MAX = 100;

export interface LedgerDeps {
  readonly database: Database;
  readonly selector: SeriesSelector;
  readonly inventory: Inventory;
  /** How long samples are kept. */
  readonly sampleRetentionMs: () => number;
}

/** Reads what is stored about a camera's recording. Throws what selector and database throw. */
export async function readLedger(
  deps: LedgerDeps,
  camera: Camera,
  asked: Span,
  { nowMs, gapMs }: { readonly nowMs: number; readonly gapMs: number },
  signal: AbortSignal,
): Promise<LedgerAnswer> {
  const asWindow = { fromMs: asked.fromMs, toMs: Math.max(asked.fromMs, Math.min(asked.toMs, nowMs)) };
  const { recorded, anyRecorder } = await readRecorded(deps.selector, camera.id, asWindow, gapMs, signal);
  const window = { ...asWindow, toMs: toldUntil(recorded, asWindow, nowMs - gapMs) };
  const before = await readStateBefore(deps.database, camera.id, window.fromMs, signal);
  const inside = await readEvents(deps.database, camera.id, { ...window, limit: EVENTS_MAX }, signal);
  return ledgerOf({
    window,
    recorded,
    anyRecorder,
    events: [...(before ? [before] : []), ...inside.toReversed()],
    ...(await restsOf(deps.inventory, camera, window)),
    keptSinceMs: nowMs - deps.sampleRetentionMs(),
  });
}

/** The segment that is being written is no gap yet: then the ledger ends where the last one did. */
function toldUntil({ recorded }: Recorded, window: Span, sinceMs: number): number {
  const lastMs = recorded.at(-1)?.toMs ?? 0;
  return lastMs >= sinceMs && lastMs < window.toMs ? lastMs : window.toMs;
}

/** Of several recorders each counts: what one of them has is recorded, what one of them tells of is told. */
async function readRecorded(
  selector: SeriesSelector,
  cameraId: string,
  window: Span,
  gapMs: number,
  signal: AbortSignal,
): Promise<{ readonly recorded: Recorded; readonly anyRecorder: boolean }> {
  const found = await selector.select(
    {
      matchers: [
        createMatcher('__name__', '=', 'camera_recording_last_segment_timestamp_seconds'),
        createMatcher('camera_id', '=', cameraId),
      ],
      // The segment that the window begins with was told of before, and its last one after it.
      startMs: window.fromMs - gapMs,
      endMs: window.toMs + gapMs,
      samplesMax: SAMPLES_MAX,
      seriesMax: SERIES_MAX,
    },
    signal,
  );
  const buffer = new SampleBuffer();
  const rows: { readonly atMs: number; readonly endMs: number }[] = [];
  for (const index of found.labels.keys()) {
    found.read(index, buffer);
    for (let i = 0; i < buffer.length; i++)
      rows.push({ atMs: buffer.timestampMs[i] as number, endMs: (buffer.value[i] as number) * 1_000 });
  }
  if (found.labels.length > 1) rows.sort((a, b) => a.atMs - b.atMs);
  const recorded = recordedSpans(
    Float64Array.from(rows, ({ atMs }) => atMs),
    Float64Array.from(rows, ({ endMs }) => endMs),
    rows.length,
    window,
    gapMs,
  );
  return { recorded, anyRecorder: rows.length > 0 };
}
