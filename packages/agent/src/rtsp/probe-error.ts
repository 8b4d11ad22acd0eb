import type { FailureReason } from '../camera/probe-failure.ts';

/** Longest message for an operator. */
const MESSAGE_MAX = 300;

/** Ends a probe; becomes the failure of its report, in the phase that runs. */
export class ProbeError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX - 1)}…` : message);
    this.name = 'ProbeError';
    this.reason = reason;
  }
}

/** A piece of what a server sent, fit to be shown: printable ASCII, quoted, short. */
export function quoted(text: string, most = 60): string {
  let out = '';
  for (const character of text.slice(0, most)) out += character >= ' ' && character <= '~' ? character : '·';
  return `"${out}${text.length > most ? '…' : ''}"`;
}
