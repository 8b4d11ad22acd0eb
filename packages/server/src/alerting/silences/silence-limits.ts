/** Silences held at once, expired ones not counted; thousands are kept by a fleet, not tens of thousands. As --silences.max-silences. */
export const SILENCES_MAX = 10_000;
/** One silence as it is stored. As --silences.max-silence-size-bytes. */
export const SILENCE_BYTES_MAX = 64 * 1024;
/** Matchers of one silence; each alert that comes near is compared with all of them. */
export const MATCHERS_MAX = 100;
/** How long an expired silence is shown and can be read. As Alertmanager's --data.retention. */
export const SILENCE_RETENTION_MS = 120 * 3_600_000;
/** Expired silences held at once: beyond, those that ended first are forgotten before their time. */
export const EXPIRED_MAX = 20_000;

export interface SilenceLimits {
  readonly silencesMax: number;
  readonly silenceBytesMax: number;
  readonly retentionMs: number;
}

export const SILENCE_LIMITS: SilenceLimits = {
  silencesMax: SILENCES_MAX,
  silenceBytesMax: SILENCE_BYTES_MAX,
  retentionMs: SILENCE_RETENTION_MS,
};
