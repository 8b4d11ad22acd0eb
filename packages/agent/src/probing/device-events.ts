import type { Clock } from '../clock.ts';
import type { OnvifClient, OnvifTarget } from '../onvif/onvif-client-ports.ts';
import type { OnvifEvent } from '../onvif/onvif-report.ts';
import type { CameraWatch } from './camera-watch.ts';
import type { SelfFigures } from './self-figures.ts';

export interface DeviceEventsDeps {
  readonly clock: Clock;
  readonly figures: SelfFigures;
  readonly learned: (watch: CameraWatch) => void;
}

/** Subscriptions at once: each is an open request. */
export const SUBSCRIPTIONS_MAX = 512;
/** An event that only says that it happened is shown so long. */
const SHOWN_MS = 120_000;

/** Listens to the events of devices whose ONVIF service answered, until it is read again. */
export class DeviceEvents {
  readonly #deps: DeviceEventsDeps;
  readonly #listening = new Set<CameraWatch>();

  constructor(deps: DeviceEventsDeps) {
    this.#deps = deps;
  }

  /** Does nothing while it listens to this camera already, or to too many. */
  listen(watch: CameraWatch, client: OnvifClient, target: OnvifTarget, durationMs: number, signal: AbortSignal): void {
    if (signal.aborted || this.#listening.has(watch) || this.#listening.size >= SUBSCRIPTIONS_MAX) return;
    this.#listening.add(watch);
    this.#deps.figures.listening = this.#listening.size;
    const ended = (): void => {
      this.#listening.delete(watch);
      this.#deps.figures.listening = this.#listening.size;
    };
    const happened = new Map<string, Disposable>();
    const take = (event: OnvifEvent): void => {
      happened.get(event.event)?.[Symbol.dispose]();
      happened.delete(event.event);
      watch.observeEvent(event);
      this.#deps.learned(watch);
    };
    client
      .watchEvents(
        target,
        {
          durationMs,
          onEvent: (event) => {
            if (signal.aborted) return;
            take(event);
            if (event.active !== undefined) return;
            const { clock } = this.#deps;
            const over = clock.after(SHOWN_MS, () => take({ ...event, active: false, atMs: clock.now() }));
            happened.set(event.event, over);
          },
        },
        signal,
      )
      // It rejects only when it was told to end; whatever it says, the next reading listens again.
      .then(ended, ended);
  }
}
