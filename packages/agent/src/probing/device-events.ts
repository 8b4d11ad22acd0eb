import type { Clock } from '../clock.ts';
import type { OnvifClient, OnvifTarget } from '../onvif/onvif-client-ports.ts';
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
    const show = (event: string, active: boolean): void => {
      happened.get(event)?.[Symbol.dispose]();
      watch.figures.observeEvent(event, active);
      this.#deps.learned(watch);
    };
    client
      .watchEvents(
        target,
        {
          durationMs,
          onEvent: ({ event, active }) => {
            if (signal.aborted) return;
            show(event, active ?? true);
            if (active === undefined)
              happened.set(
                event,
                this.#deps.clock.after(SHOWN_MS, () => show(event, false)),
              );
          },
        },
        signal,
      )
      // It rejects only when it was told to end; whatever it says, the next reading listens again.
      .then(ended, ended);
  }
}
