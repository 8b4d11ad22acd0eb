/** A stretch of time, its end not included, milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Ascending, without overlaps; spans that touch become one. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    if (toMs <= fromMs) continue;
    const last = result.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else result.push({ fromMs, toMs });
  }
  return result;
}

/** What of `span` is in none of `holes`, which are merged. */
export function without(span: Span, holes: readonly Span[]): readonly Span[] {
  const rest: Span[] = [];
  let { fromMs } = span;
  for (let i = firstAfter(holes, span.fromMs); i < holes.length; i++) {
    const hole = holes[i] as Span;
    if (hole.fromMs >= span.toMs) break;
    if (hole.fromMs > fromMs) rest.push({ fromMs, toMs: hole.fromMs });
    fromMs = Math.max(fromMs, hole.toMs);
  }
  if (fromMs < span.toMs) rest.push({ fromMs, toMs: span.toMs });
  return rest;
}

/** What both have in common; both are merged. */
export function common(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const one = a[i] as Span;
    const other = b[j] as Span;
    const fromMs = Math.max(one.fromMs, other.fromMs);
    const toMs = Math.min(one.toMs, other.toMs);
    if (fromMs < toMs) result.push({ fromMs, toMs });
    if (one.toMs < other.toMs) i++;
    else j++;
  }
  return result;
}

export function lengthMs(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** The first span that ends after `ms`. */
function firstAfter(spans: readonly Span[], ms: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as Span).toMs > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
