import type { Labels } from '../../../model/labels.ts';

/** One series text of a target, taken apart once. */
export interface KnownSeries {
  readonly text: string;
  /** Undefined when relabelling drops it. */
  readonly labels: Labels | undefined;
  /** The label whose spelling the TYPE line above decided ('' when it decided none); undefined when the text has no such label. */
  readonly respelled: string | undefined;
  /** Samples of equal groups are one counter, summary or histogram; '' when nobody asks for start times. */
  readonly group: string;
  /** Its value is not a sample but says since when the group counts. */
  readonly isStart: boolean;
  /** Place in the order of the last page. */
  place: number;
  /** Number of the last scrape that had it. */
  seenAt: number;
  /** Number of the last scrape after which it is alive: it gets a stale marker when it is missing. */
  trackedAt: number;
  /** trackedAt before the page being read, in case that page turns out to be bad. */
  trackedBefore: number;
  /** Start time for which a zero was stored. */
  zeroAtMs: number;
  /** Exemplars of the last pages, by their whole text, with the number of the scrape that had them last: each is stored once. */
  exemplars: Map<string, number> | undefined;
}
