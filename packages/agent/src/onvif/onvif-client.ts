import { HttpRun } from '../http-probe/http-run.ts';
import { webUrl } from '../http-probe/http-probe.ts';
import { ProbeFault, probeFailure } from '../http-probe/probe-fault.ts';
import { type StreamProbeDeps, withLookup } from '../http-probe/stream-probe-deps.ts';
import { discover } from './discovery.ts';
import { EventSubscription } from './event-subscription.ts';
import { Inspection } from './inspect.ts';
import type { OnvifClient, OnvifTarget } from './onvif-client-ports.ts';
import { OnvifConnection, OnvifRefusal } from './onvif-connection.ts';
import type { OnvifEventsOutcome, OnvifReport } from './onvif-report.ts';

const DEVICE_SERVICE_PATH = '/onvif/device_service';
/** To say goodbye after the listening is over. */
const GOODBYE_MS = 5_000;

/** ONVIF (Core 20.06, Media 1 and 2): what a device says about itself, its events, and who is there. */
export function createOnvifClient(given: StreamProbeDeps): OnvifClient {
  const deps = withLookup(given);
  return {
    async inspect(target, signal) {
      signal.throwIfAborted();
      const home = deviceService(target.url);
      if (home === undefined) return unreadable(deps, target);
      const run = new HttpRun(deps, { ...target, url: home }, signal);
      const inspection = new Inspection(deps, run, new OnvifConnection(deps, run, home, target.credentials));
      let failure: unknown;
      try {
        await inspection.read();
      } catch (error) {
        failure = error;
      } finally {
        await run.close();
      }
      signal.throwIfAborted();
      return inspection.report(target.cameraId, failure);
    },

    async watchEvents(target, options, signal) {
      signal.throwIfAborted();
      const home = deviceService(target.url);
      if (home === undefined) return { failure: noAddress(), messages: 0, events: 0, renewals: 0, unsubscribed: false };
      // Not the caller's signal: when it aborts there is still a subscription to end.
      const timeoutMs = target.timeoutMs + options.durationMs + GOODBYE_MS;
      const run = new HttpRun(deps, { ...target, url: home, timeoutMs }, new AbortController().signal);
      const connection = new OnvifConnection(deps, run, home, target.credentials);
      const subscription = new EventSubscription(deps, run, connection);
      const inspection = new Inspection(deps, run, connection);
      let failure: unknown;
      try {
        run.phase = 'describe';
        const listening = async (): Promise<void> => {
          await inspection.askClock();
          await subscription.create(await inspection.askServices());
          await subscription.listen(deps.clock.monotonicMs() + options.durationMs, options.onEvent);
        };
        await orAborted(listening(), signal);
      } catch (error) {
        failure =
          error instanceof OnvifRefusal
            ? new ProbeFault('server_error', `The device refused: ${error.message}.`)
            : error;
      }
      await subscription.end();
      await run.close();
      signal.throwIfAborted();
      return outcome(subscription, failure, run, home.host);
    },

    discover: (options, signal) => discover(deps, options, signal),
  };
}

/** `work`, or the rejection of `signal` as soon as it aborts; `work` then ends with its connection. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

function outcome(subscription: EventSubscription, failure: unknown, run: HttpRun, host: string): OnvifEventsOutcome {
  const { messages, events, renewals, unsubscribed } = subscription;
  return {
    ...(failure !== undefined && { failure: probeFailure(failure, run.phase, host) }),
    messages,
    events,
    renewals,
    unsubscribed,
  };
}

function deviceService(text: string): URL | undefined {
  const url = webUrl(text);
  if (url !== undefined && (url.pathname === '/' || url.pathname === '')) url.pathname = DEVICE_SERVICE_PATH;
  return url;
}

const noAddress = (): OnvifReport['failure'] & {} =>
  probeFailure(
    new ProbeFault('protocol', 'The address of the device is no http:// or https:// URL.', 'resolve'),
    'resolve',
    '',
  );

function unreadable(deps: StreamProbeDeps, target: OnvifTarget): OnvifReport {
  return {
    cameraId: target.cameraId,
    startedAtMs: deps.clock.now(),
    durationMs: 0,
    failure: noAddress(),
    problems: [],
    bytesRead: 0,
    services: [],
    profiles: [],
    encoders: [],
  };
}
