import {
  EVALUATION_MS,
  GROUP_INTERVAL_MS,
  REPEAT_INTERVAL_MS,
  type StormAlert,
  windowsOf,
} from './alert-storm-rules.ts';
import type { WebhookMessage } from './webhook-receiver.ts';

/** From its printed address to its death. */
export interface Life {
  readonly readyMs: number;
  readonly killedMs: number;
}

export interface Verdict {
  /** Times that an alert fired for so long in one life that it had to be told. */
  readonly due: number;
  /** Those of `due` of which the receiver had not heard. */
  readonly missed: readonly string[];
  /** Times that an alert had ended for so long in one life that the receiver had to know; and those where it did not. */
  readonly ends: number;
  readonly unended: readonly string[];
  /** Message told twice within its repeat interval: the first one came in this long before the kill, and was not recorded. */
  readonly twiceByCrash: readonly number[];
  readonly twice: readonly string[];
}

/** What the machine may be late with an evaluation or a message. */
const LATE_MS = 4_000;
/** Alerts of before a restart count as ended only after this long, unless the new life saw them firing. */
const RESTORED_HOLD_MS = 60_000;
/** Between the receiver's reading and the record on the disk; more is no excuse. */
const RECORD_MAX_MS = 1_500;
/** What a process has sent may be read this much after its death. */
const ON_THE_WAY_MAX_MS = 250;

/**
 * Judges what a receiver heard against what the rules' expressions say. A life that saw an alert on for long enough to evaluate, group
 * and send it must leave the receiver with the word that it fires; one that saw it off, with any other.
 */
export function judge(
  alerts: readonly StormAlert[],
  lives: readonly Life[],
  messages: readonly WebhookMessage[],
): Verdict {
  const fromMs = lives[0]?.readyMs ?? 0;
  const toMs = lives.at(-1)?.killedMs ?? 0;
  const missed: string[] = [];
  const unended: string[] = [];
  let due = 0;
  let ends = 0;
  for (const alert of alerts) {
    const words = messages.flatMap(({ receivedAtMs, alerts: told }) =>
      told
        .filter(({ labels }) => labels['unit'] === alert.unit)
        .map(({ status }) => ({ atMs: receivedAtMs, fires: status === 'firing' })),
    );
    const neededMs = 2 * alert.forS * 1_000 + 2 * EVALUATION_MS + 2 * GROUP_INTERVAL_MS + LATE_MS;
    for (const window of windowsOf(alert, fromMs, toMs)) {
      for (const life of lives) {
        const sawItOn = window.fromMs - life.readyMs >= 2 * EVALUATION_MS + LATE_MS;
        const seenFromMs = Math.max(
          window.fromMs,
          window.on || sawItOn ? life.readyMs : life.readyMs + RESTORED_HOLD_MS + EVALUATION_MS,
        );
        const seenToMs = Math.min(window.toMs, life.killedMs);
        if (seenToMs - seenFromMs < neededMs) continue;
        if (window.on) due++;
        else ends++;
        const last = words.findLast(({ atMs }) => atMs <= seenToMs);
        if ((last?.fires ?? false) === window.on) continue;
        const when = `${alert.unit} ${window.on ? 'on' : 'off'} ${new Date(seenFromMs).toISOString()} to ${new Date(seenToMs).toISOString()}, last word ${last ? `${last.fires ? 'firing' : 'resolved'} at ${new Date(last.atMs).toISOString()}` : 'none'}`;
        (window.on ? missed : unended).push(when);
      }
    }
  }
  return { due, missed, ends, unended, ...repeated(lives, messages) };
}

/** A message is told twice when it says the same about the same alerts; one that ended and began anew is another alert. */
function repeated(
  lives: readonly Life[],
  messages: readonly WebhookMessage[],
): Pick<Verdict, 'twice' | 'twiceByCrash'> {
  const twice: string[] = [];
  const twiceByCrash: number[] = [];
  const before = new Map<string, { readonly text: string; readonly atMs: number }>();
  for (const { receivedAtMs: atMs, groupKey, receiver, alerts } of messages) {
    const key = `${receiver} ${groupKey}`;
    const text = alerts
      .map(({ status, labels, startsAt }) => `${labels['unit']} ${status} since ${startsAt}`)
      .toSorted()
      .join('\n');
    const last = before.get(key);
    before.set(key, { text, atMs });
    if (!last || last.text !== text || atMs - last.atMs >= REPEAT_INTERVAL_MS) continue;
    const killedMs = lives.find((life) => life.killedMs + ON_THE_WAY_MAX_MS >= last.atMs)?.killedMs ?? Infinity;
    const gapMs = Math.max(0, killedMs - last.atMs);
    if (killedMs < atMs && gapMs <= RECORD_MAX_MS) twiceByCrash.push(gapMs);
    else
      twice.push(
        `${key} at ${new Date(last.atMs).toISOString()} and ${new Date(atMs).toISOString()}, killed ${gapMs} ms after the first: ${text}`,
      );
  }
  return { twice, twiceByCrash };
}
