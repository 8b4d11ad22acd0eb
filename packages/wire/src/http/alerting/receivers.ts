/** Body of `POST /api/vedette/alerting/receivers/{name}/test`; may be absent. */
export interface ReceiverTestRequest {
  /** Position of the one integration to test; all of the receiver's without it. */
  readonly integration?: number;
  /** Says that the trouble is over instead of that there is some. */
  readonly resolved?: boolean;
}

/** Body of `POST /api/vedette/alerting/receivers/test`: a receiver that is in no file yet. */
export interface ReceiverTrialRequest extends ReceiverTestRequest {
  /** As Alertmanager's file has it: `webhook_configs`, `slack_configs` … each a list; `name` may be absent. */
  readonly receiver: Readonly<Record<string, unknown>>;
}

/** What both answer. */
export interface ReceiverTestResult {
  readonly receiver: string;
  readonly integrations: readonly IntegrationTestResult[];
}

export interface IntegrationTestResult {
  /** Kind, such as `webhook`. */
  readonly name: string;
  readonly index: number;
  readonly delivered: boolean;
  /** Why it was not delivered. Without secrets. */
  readonly reason: string | null;
  /** Whether a real notification would be tried again. */
  readonly retried: boolean;
  /** What the receiver called the message, when it said: a ticket's key. */
  readonly said: string | null;
  readonly durationSeconds: number;
}
