import { type Span, merged } from './spans.ts';

/** What samples of "when did the newest segment end" say about a window. */
export interface Recorded {
  /** Merged. */
  readonly recorded: readonly Span[];
  /** Where nothing says whether it was recorded; merged. */
  readonly untold: readonly Span[];
}

/**
 * `atMs[i]` is when it was said, `endMs[i]` what was said; both in order of time. Between the ends of two segments that are at most `gapMs`
 * apart there was recording. Where nobody said anything for longer than `gapMs` and segments are missing, nothing is known.
 */
export function recordedSpans(
  atMs: Float64Array,
  endMs: Float64Array,
  count: number,
  window: Span,
  gapMs: number,
): Recorded {
  const recorded: Span[] = [];
  const untold: Span[] = [];
  let lastAt = window.fromMs;
  let lastEnd = Number.NaN;
  for (let i = 0; i < count; i++) {
    const at = atMs[i] as number;
    const end = endMs[i] as number;
    if (Number.isNaN(end)) continue;
    if (at - lastAt > gapMs) untold.push({ fromMs: lastAt, toMs: at });
    lastAt = at;
    if (Number.isNaN(lastEnd)) {
      // The first segment that is known of; how long it is nobody says, so it begins where the next one will.
      lastEnd = end;
      continue;
    }
    if (end <= lastEnd) continue;
    if (end - lastEnd <= gapMs) recorded.push({ fromMs: lastEnd, toMs: end });
    lastEnd = end;
  }
  if (window.toMs - lastAt > gapMs) untold.push({ fromMs: lastAt, toMs: window.toMs });
  return { recorded: clipped(merged(recorded), window), untold: clipped(merged(untold), window) };
}

function clipped(spans: readonly Span[], { fromMs, toMs }: Span): readonly Span[] {
  return spans
    .map((span) => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter((span) => span.fromMs < span.toMs);
}
