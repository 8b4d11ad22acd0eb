import { randomUUID } from 'node:crypto';
import type { HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import { EVENTS } from './device-service.ts';
import {
  CREATE_PULL_POINT,
  PULL_MESSAGES,
  PULL_SECONDS,
  RENEW,
  SUBSCRIPTION_SECONDS,
  UNSUBSCRIBE,
  type SubscriptionReference,
  messagesOf,
  subscriptionOf,
} from './event-service.ts';
import { type OnvifConnection, OnvifRefusal } from './onvif-connection.ts';
import type { OnvifEvent, OnvifService } from './onvif-report.ts';
import type { XmlElement } from './xml-tree.ts';

/** A pull that the device does not end in its own time. */
const PULL_GRACE_MS = 5_000;
const REQUEST_MS = 5_000;
/** Renewed when half of its time is over. */
const RENEW_AFTER_MS = (SUBSCRIPTION_SECONDS / 2) * 1_000;
/** Between pulls of a device that answers at once although it has nothing to say. */
const PULL_PAUSE_MS = 1_000;
/** Messages of one subscription; a device that says more is in a loop. */
const MESSAGES_MAX = 100_000;
/** Refused pulls in a row after which the subscription is given up. */
const REFUSALS_MAX = 3;

/** One PullPoint subscription, from its creation to its end. */
export class EventSubscription {
  messages = 0;
  events = 0;
  renewals = 0;
  unsubscribed = false;
  readonly #deps: StreamProbeDeps;
  readonly #run: HttpRun;
  readonly #connection: OnvifConnection;
  #reference: SubscriptionReference | undefined;
  #renewed = 0;

  constructor(deps: StreamProbeDeps, run: HttpRun, connection: OnvifConnection) {
    this.#deps = deps;
    this.#run = run;
    this.#connection = connection;
  }

  /** Rejects with an OnvifRefusal or a ProbeFault. */
  async create(services: readonly OnvifService[]): Promise<void> {
    const service = services.find((each) => each.namespace === EVENTS);
    if (service === undefined) throw new ProbeFault('path', 'The device names no event service.');
    const { url } = this.#connection.service(service.url);
    const answer = await this.#connection.call({
      url,
      ...CREATE_PULL_POINT,
      messageId: messageId(),
      timeoutMs: REQUEST_MS,
    });
    this.#reference = subscriptionOf(answer);
    if (this.#reference === undefined)
      throw new ProbeFault('protocol', 'The device does not say where its events are.');
    this.#renewed = this.#deps.clock.monotonicMs();
  }

  /** Pulls until `untilMs` of the monotonic clock. */
  async listen(untilMs: number, onEvent: (event: OnvifEvent) => void): Promise<void> {
    const { clock } = this.#deps;
    let refusals = 0;
    while (clock.monotonicMs() < untilMs) {
      if (clock.monotonicMs() - this.#renewed >= RENEW_AFTER_MS) await this.#renew();
      const askedMs = clock.monotonicMs();
      let messages: ReturnType<typeof messagesOf> = [];
      try {
        messages = messagesOf(await this.#ask(PULL_MESSAGES, PULL_SECONDS * 1_000 + PULL_GRACE_MS), clock.now());
        refusals = 0;
      } catch (error) {
        if (!(error instanceof OnvifRefusal) || ++refusals >= REFUSALS_MAX) throw error;
      }
      for (const { event } of messages) {
        this.messages++;
        if (event === undefined) continue;
        this.events++;
        onEvent(event);
      }
      if (this.messages > MESSAGES_MAX)
        throw new ProbeFault('protocol', `The device sent more than ${MESSAGES_MAX} messages.`);
      const quickMs = PULL_PAUSE_MS - (clock.monotonicMs() - askedMs);
      if (quickMs > 0)
        await clock.sleep(Math.min(quickMs, Math.max(0, untilMs - clock.monotonicMs())), this.#run.signal);
    }
  }

  /** Ends it; a device that cannot be reached ends it by itself. */
  async end(): Promise<void> {
    if (this.#reference === undefined) return;
    try {
      await this.#ask(UNSUBSCRIBE, REQUEST_MS);
      this.unsubscribed = true;
    } catch {
      // It says so: `unsubscribed` stays false.
    }
  }

  async #renew(): Promise<void> {
    try {
      await this.#ask(RENEW, REQUEST_MS);
      this.renewals++;
    } catch (error) {
      // Many devices prolong with each pull and know no Renew.
      if (!(error instanceof OnvifRefusal)) throw error;
    }
    this.#renewed = this.#deps.clock.monotonicMs();
  }

  #ask(message: { readonly action: string; readonly body: string }, timeoutMs: number): Promise<XmlElement> {
    const reference = this.#reference;
    if (reference === undefined) throw new ProbeFault('protocol', 'There is no subscription.');
    const { url } = this.#connection.service(reference.address);
    return this.#connection.call({ url, ...message, messageId: messageId(), headers: reference.parameters, timeoutMs });
  }
}

const messageId = (): string => `urn:uuid:${randomUUID()}`;
