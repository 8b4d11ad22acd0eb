/** GET /api/vedette/fleet/inventory/imports. POST /api/vedette/fleet/inventory/imports/:name/run asks at once and answers its ImportStatus. */
export interface ImportsAnswer {
  readonly imports: readonly ImportStatus[];
}

export interface ImportStatus {
  readonly name: string;
  readonly kind: 'frigate' | 'mediamtx' | 'go2rtc';
  /** Without user and password. */
  readonly url: string;
  readonly interval_seconds: number;
  /** RFC 3339; absent: never since the start. */
  readonly asked_at?: string;
  readonly succeeded_at?: string;
  /** Why the last attempt failed, in one sentence with what to do; cameras are kept as they were. */
  readonly error?: string;
  readonly cameras: number;
  readonly gone: number;
  /** Of the last successful attempt. */
  readonly added: number;
  readonly changed: number;
}
