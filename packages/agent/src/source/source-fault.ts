import type { FailureReason } from '../camera/probe-failure.ts';

/** Why a source of figures could not be read; a label value of `vedette_collector_failure{reason}`. */
export type SourceFaultReason = FailureReason | 'too_large';

const MESSAGE_MAX = 300;

/** What is wrong with a source, in one sentence without secrets: `reason` for a label, the message for people. */
export class SourceFault extends Error {
  readonly reason: SourceFaultReason;

  constructor(reason: SourceFaultReason, message: string, options?: ErrorOptions) {
    super(message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX - 1)}…` : message, options);
    this.name = 'SourceFault';
    this.reason = reason;
  }
}
