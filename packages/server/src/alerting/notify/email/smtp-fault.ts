import type { SmtpReply } from './smtp-auth.ts';

/** Why a mail was not taken, in one sentence; may repeat what the server said. */
export class SmtpFault extends Error {
  /** False when the next attempt would end the same way. */
  readonly retry: boolean;

  constructor(message: string, retry: boolean, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.retry = retry;
  }

  /** 4xx passes by itself (RFC 5321, 4.2.1), 5xx does not. */
  static ofReply(command: string, { status, text }: SmtpReply, cause?: unknown): SmtpFault {
    return new SmtpFault(`the server answered ${status} to ${command}: ${text.trim()}`, status < 500, cause);
  }
}
