export interface SentMessage {
  readonly channel: string;
  /** Slack's name for a message in its channel. */
  readonly timestamp: string;
}

/** Groups whose message is remembered; the one that was told longest ago is forgotten first. */
const SENT_MESSAGES_MAX = 10_000;

/** Messages that may be changed by the next notification of their group. Kept in memory: after a restart the next one is new. */
export class SentMessages {
  readonly #byGroup = new Map<string, SentMessage>();

  of(groupKey: string): SentMessage | undefined {
    return this.#byGroup.get(groupKey);
  }

  keep(groupKey: string, message: SentMessage): void {
    this.#byGroup.delete(groupKey);
    this.#byGroup.set(groupKey, message);
    if (this.#byGroup.size <= SENT_MESSAGES_MAX) return;
    for (const oldest of this.#byGroup.keys()) {
      this.#byGroup.delete(oldest);
      return;
    }
  }
}
