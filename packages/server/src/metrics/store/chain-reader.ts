import type { SampleBuffer } from '../../model/sample.ts';
import { decodeChunk } from './chunk-decoder.ts';
import { NO_SLOT, type SlotViews } from './slot-views.ts';

/** The chunks of one series in memory, in time order, each naming the next. */
export interface Chain {
  readonly first: number;
  /** The chunk that still grows; its count is not in its header. */
  readonly head: number;
  readonly headCount: number;
}

/** Samples of a chain in [fromMs, toMs], ascending, added to `into`. */
export function readChain(views: SlotViews, chain: Chain, fromMs: number, toMs: number, into: SampleBuffer): void {
  const { head } = chain;
  for (let slot = chain.first; slot !== NO_SLOT; slot = views.next(slot)) {
    const isHead = slot === head;
    if (!isHead && views.endMs(slot) < fromMs) continue;
    const count = isHead ? chain.headCount : views.count(slot);
    if (views.startMs(slot) > toMs || !decodeChunk(views, slot, count, fromMs, toMs, into)) return;
  }
}
