import { type DecodedMetadata, encodeWriteRequest } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RemoteConfig } from './config.ts';
import type { Delivery } from './delivery.ts';
import { V1 } from './encode-rows.ts';

/** Everything that is known about metrics now. */
export type MetadataList = () => readonly DecodedMetadata[];

export interface MetadataSenderDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly delivery: Delivery;
  readonly metadata: MetadataList;
}

/** Tells a 1.0 remote type, help and unit of all metrics at every interval; 2.0 messages carry them with each series. */
export class MetadataSender {
  readonly #deps: MetadataSenderDeps;
  readonly #config: RemoteConfig['metadata_config'];
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: MetadataSenderDeps, config: RemoteConfig['metadata_config']) {
    this.#deps = deps;
    this.#config = config;
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      this.#deps.logger.error({ error: errorMessage(error) }, 'metadata is no longer sent to a remote');
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { send_interval: intervalMs, max_samples_per_send: most } = this.#config;
    while (!this.#stopped.signal.aborted) {
      // Aborted by stop, which the loop's head sees.
      await this.#deps.clock.sleep(intervalMs, this.#stopped.signal).catch(() => undefined);
      const all = this.#deps.metadata();
      for (let i = 0; i < all.length && !this.#stopped.signal.aborted; i += most) {
        if (this.#deps.delivery.message !== V1) break;
        const some = all.slice(i, i + most);
        if (!(await this.#deps.delivery.metadata(compressSnappy(encodeWriteRequest([], some)), some.length))) return;
      }
    }
  }
}
