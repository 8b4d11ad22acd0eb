import type { SampleTable } from '../ports.ts';

/** In place of tables: nothing is moved into it, so that everything stays in memory, where the store looks first. */
export class MemoryTable implements SampleTable {
  readonly queuedSamples = 0;
  #samples = 0;

  /** All of them: memory gives up only what was flushed. */
  get unflushedSamples(): number {
    return this.#samples;
  }

  async append({ length }: Parameters<SampleTable['append']>[0]): Promise<void> {
    this.#samples += length;
  }

  checkRoom(): void {}

  knownSeries(): void {}

  forgetRef(): void {}

  async replay(): Promise<void> {}

  async flush(): Promise<void> {}

  async *loadSeries(): AsyncGenerator<never> {}

  async *readSamples(): AsyncGenerator<never> {}

  async *readStored(): AsyncGenerator<never> {}
}
