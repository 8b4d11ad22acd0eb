import type { Delivery } from './notification.ts';

/** How much of an error's answer goes into the reason. */
const REASON_CHARS_MAX = 200;

/** What a receiver's server answered, as far as it decides about trying again. */
export interface ReceiverAnswer {
  readonly status: number;
  /** Its `Retry-After`; '' when absent. */
  readonly retryAfter: string;
  /** Beginning of the body. */
  readonly words: string;
}

/**
 * 2xx is a success; 5xx and 429 may pass, so they are tried again, not before Retry-After; anything else says the same thing the next
 * time. Alertmanager takes 429 as final for most kinds: there, what was refused for the rate is told at the next group_interval.
 */
export function deliveryOf(answer: ReceiverAnswer, nowMs: number): Delivery {
  const { status } = answer;
  if (status >= 200 && status < 300) return { ok: true };
  const retry = status >= 500 || status === 429;
  return failure(statusReason(answer), retry, retry ? retryAfterMs(answer.retryAfter, nowMs) : undefined);
}

export function failure(reason: string, retry: boolean, retryAfter?: number): Delivery {
  return { ok: false, retry, reason, ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }) };
}

/** `HTTP status 500: the first words of the answer`. */
export function statusReason({ status, words }: Pick<ReceiverAnswer, 'status' | 'words'>): string {
  const short = shortWords(words);
  return `HTTP status ${status}${short === '' ? '' : `: ${short}`}`;
}

/** The first words of an answer, on one line. */
export function shortWords(words: string): string {
  return words
    .slice(0, REASON_CHARS_MAX * 4)
    .trim()
    .replace(/\s+/g, ' ')
    .slice(0, REASON_CHARS_MAX);
}

/** Moment of a Retry-After, which is seconds or an HTTP date; undefined when there is none or it makes no sense. */
export function retryAfterMs(header: string, nowMs: number): number | undefined {
  const text = header.trim();
  if (text === '') return undefined;
  // Discord writes fractions.
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return nowMs + Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}

/** The text without the secrets, however it came by them: an address in an error, a token that a server repeats. */
export function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== undefined && secret !== '') clean = clean.replaceAll(secret, '<secret>');
  return clean;
}
