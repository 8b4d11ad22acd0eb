import type { ExpositionFormat } from '@vedette/wire/exposition';

export type PageFormat = ExpositionFormat | 'protobuf';

export interface Page {
  /** Decompressed. */
  readonly body: Uint8Array | string;
  readonly format: PageFormat;
}

/** Where a target's pages come from: HTTP or a collector of this process. */
export interface PageSource {
  /** Rejects with ScrapeFailure when there is no page within the timeout, or with the signal's reason. */
  fetch(timeoutMs: number, signal: AbortSignal): Promise<Page>;
}

/** Why a scrape gave no samples, in one sentence for the targets page. */
export class ScrapeFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ScrapeFailure';
  }
}

/** Longer names are never stored; an endless one must not outlive its page. */
const LABEL_CHARACTERS_MAX = 512;

/** The page, or its job, is over one of the limits of the scrape config. */
export class LimitExceeded extends ScrapeFailure {
  /** Its key in the configuration. */
  readonly limit: string;
  /** The label to blame, where one can be named. */
  readonly label: string | undefined;

  constructor(limit: string, message: string, label?: string) {
    super(`${limit} exceeded${message}`);
    this.name = 'LimitExceeded';
    this.limit = limit;
    this.label = label !== undefined && label.length <= LABEL_CHARACTERS_MAX ? label : undefined;
  }
}
