import type { Collector } from '@vedette/agent';
import { MetricWriter } from '@vedette/wire/exposition';
import type { Clock } from '../base/clock.ts';
import type { AppendOptions, AppendResult, SampleSink } from '../model/ports.ts';
import type { SampleBatch } from '../model/sample.ts';

/** The series by which a site's agent shows that it lives; docs/reference/site-agent.md. */
export const HEARTBEAT = 'vedette_agent_up';
/** Agents remembered; beyond it the first one heard of is forgotten. */
const AGENTS_MAX = 5_000;
/** An agent that was not heard for so long is not told any more: it was taken away. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000;
const TEXT_MAX = 120;

interface Contact {
  readonly agent: string;
  readonly site: string;
  /** When something of it last arrived here, our time. */
  arrivedMs: number;
  /** Newest time of its heartbeats: while it back-fills, that is long ago. */
  newestMs: number;
}

/**
 * When each site's agent was last heard, by our own clock and at our own times: the link is down when nothing arrives, whatever the
 * timestamps of what arrives are. Stands in front of the store like the evidence of health, which gets these series through it.
 */
export class AgentContacts implements SampleSink {
  readonly #sink: SampleSink;
  readonly #clock: Clock;
  readonly #contacts = new Map<string, Contact>();
  readonly collector: Collector;
  /** Resolves with the first agent. */
  readonly heard: Promise<void>;
  #tellHeard: () => void = () => undefined;

  constructor(sink: SampleSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
    this.heard = new Promise((resolve) => {
      this.#tellHeard = resolve;
    });
    this.collector = { name: 'agents', collect: async () => this.#page() };
  }

  append(batch: SampleBatch, options?: AppendOptions): Promise<AppendResult> {
    const { series } = batch;
    for (let i = 0; i < series.length; i++) {
      if (series[i]?.metricName === HEARTBEAT) this.#heard(batch, i);
    }
    return this.#sink.append(batch, options);
  }

  #heard({ series, seriesIndex, timestampMs }: SampleBatch, index: number): void {
    const labels = series[index];
    const agent = labels?.get('agent').slice(0, TEXT_MAX) ?? '';
    if (agent === '') return;
    const site = labels?.get('site').slice(0, TEXT_MAX) ?? '';
    let newestMs = 0;
    for (let row = 0; row < seriesIndex.length; row++) {
      if (seriesIndex[row] === index) newestMs = Math.max(newestMs, timestampMs[row] as number);
    }
    const key = `${agent}\n${site}`;
    const known = this.#contacts.get(key);
    if (known) {
      known.arrivedMs = this.#clock.now();
      known.newestMs = Math.max(known.newestMs, newestMs);
      return;
    }
    this.#tellHeard();
    const first = this.#contacts.keys().next();
    if (this.#contacts.size >= AGENTS_MAX && first.done !== true) this.#contacts.delete(first.value);
    this.#contacts.set(key, { agent, site, arrivedMs: this.#clock.now(), newestMs });
  }

  #page(): string {
    const page = new MetricWriter();
    const nowMs = this.#clock.now();
    const contact = page.family(
      'vedette_agent_last_contact_timestamp_seconds',
      'gauge',
      "When something of a site's agent last arrived here, Unix time.",
    );
    const backlog = page.family(
      'vedette_agent_backlog_seconds',
      'gauge',
      'Age of the newest sample of the agent when it last was heard: how far behind its back-fill is.',
    );
    for (const [key, { agent, site, arrivedMs, newestMs }] of this.#contacts) {
      if (nowMs - arrivedMs > FORGOTTEN_AFTER_MS) {
        this.#contacts.delete(key);
        continue;
      }
      contact.sample({ agent, site }, arrivedMs / 1_000);
      backlog.sample({ agent, site }, Math.max(0, arrivedMs - newestMs) / 1_000);
    }
    return page.toString();
  }
}
