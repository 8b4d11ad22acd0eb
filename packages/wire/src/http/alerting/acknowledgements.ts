/** One acknowledgement, as `GET /api/vedette/alerting/acknowledgements` lists them; times are RFC 3339. */
export interface AcknowledgementJson {
  /** Of the alert's labels: sixteen hexadecimal digits. */
  readonly fingerprint: string;
  /** Undefined fields of an alert that is not held any more are null. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** The beginning of the alert that was acknowledged. */
  readonly startsAt: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly by: string;
  readonly via: 'api' | 'page' | 'link' | 'receiver';
  readonly comment: string;
}

/** Newest first; at most 1,000. */
export interface AcknowledgementList {
  readonly total: number;
  readonly acknowledgements: readonly AcknowledgementJson[];
}

/**
 * Body of `POST /api/vedette/alerting/acknowledgements`: which alerts, either one by fingerprint or all that fire and match. Who does
 * it is who is signed in; `by` counts only where nobody signs in.
 */
export interface AcknowledgeRequest {
  readonly fingerprint?: string;
  /** All must match: `alertname="CameraDown"`. */
  readonly matchers?: readonly string[];
  readonly comment?: string;
  readonly by?: string;
  /** Prometheus duration; the configured one when left out. */
  readonly for?: string;
  /** `page` when the web application asks; `api` when left out. */
  readonly via?: 'api' | 'page';
}

/** Answer of POST (201) and DELETE (200): the alerts that it concerned. DELETE takes `?fingerprint=`. */
export interface AcknowledgeAnswer {
  readonly fingerprints: readonly string[];
}
