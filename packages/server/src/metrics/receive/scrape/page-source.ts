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
