import { MetricWriter } from '@vedette/wire/exposition';
import type { Clock } from '../clock.ts';
import { FollowingAbort } from '../following-abort.ts';
import { SourceFault } from './source-fault.ts';

/** One thing that a collector reads. It resolves with what writes its figures, so that a part that fails has written nothing. */
export interface SourcePart {
  /** Label value of `vedette_collector_success{part}`. */
  readonly name: string;
  /** Undefined: this machine or server has no such thing, and nothing is said about it. */
  read(signal: AbortSignal): Promise<((page: MetricWriter) => void) | undefined>;
}

/** Not above the Prometheus server's own limit for one target. */
export const PAGE_BYTES_MAX = 64 * 1_024 * 1_024;

/** How long a part may take, so that one that is late is said to be and the others are there: less than a scrape's ten seconds. */
export const PART_LIMIT_DEFAULT_MS = 8_000;

/**
 * Reads all parts side by side and writes one page: figures first, then `vedette_collector_success`, `_duration_seconds` and, for a part
 * that failed, `vedette_collector_failure{reason}`. Rejects with the first fault when every part failed.
 */
export async function collectParts(
  collector: string,
  parts: readonly SourcePart[],
  clock: Clock,
  signal: AbortSignal,
  limitMs: number = PART_LIMIT_DEFAULT_MS,
): Promise<string> {
  const outcomes = await Promise.all(parts.map((part) => readPart(part, clock, signal, limitMs)));
  signal.throwIfAborted();
  const present = outcomes.filter((outcome) => outcome.fault !== undefined || outcome.write !== undefined);
  const first = present[0];
  if (first?.fault !== undefined && present.every((outcome) => outcome.fault !== undefined)) throw first.fault;
  const page = new MetricWriter();
  for (const outcome of present) outcome.write?.(page);
  const success = page.family(
    'vedette_collector_success',
    'gauge',
    '1 when the part of the collector was read, else 0.',
  );
  const duration = page.family(
    'vedette_collector_duration_seconds',
    'gauge',
    'Time until the part was read, in seconds.',
  );
  const failure = page.family(
    'vedette_collector_failure',
    'gauge',
    '1 while the part cannot be read, with the reason.',
  );
  for (const { name, fault, seconds } of present) {
    const labels = { collector, part: name };
    success.sample(labels, fault === undefined ? 1 : 0);
    duration.sample(labels, seconds);
    if (fault !== undefined) failure.sample({ ...labels, reason: reasonOf(fault) }, 1);
  }
  const text = page.toString();
  if (text.length > PAGE_BYTES_MAX)
    throw new SourceFault('too_large', `collector ${collector}: its page has ${text.length} characters, too many`);
  return text;
}

interface Outcome {
  readonly name: string;
  readonly seconds: number;
  readonly write?: (page: MetricWriter) => void;
  readonly fault?: Error;
}

async function readPart(part: SourcePart, clock: Clock, signal: AbortSignal, limitMs: number): Promise<Outcome> {
  signal.throwIfAborted();
  const startedMs = clock.monotonicMs();
  using stop = new FollowingAbort(signal);
  using _alarm = clock.after(limitMs, () =>
    stop.abort(new SourceFault('timeout', `${part.name}: not read within ${limitMs} ms`)),
  );
  const limit = stop.signal;
  // A part that heeds no signal is left behind.
  const cut = new Promise<never>((_resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
  const outcome = await Promise.race([part.read(limit), cut]).then(
    (write) => (write === undefined ? {} : { write }),
    (error: unknown) => ({ fault: error instanceof Error ? error : new Error(String(error)) }),
  );
  return { name: part.name, seconds: (clock.monotonicMs() - startedMs) / 1_000, ...outcome };
}

function reasonOf(fault: Error): string {
  return fault instanceof SourceFault ? fault.reason : 'protocol';
}
