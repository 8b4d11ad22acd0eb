/** What keeps alerts quiet. */
export type MuteKind =
  | 'silence'
  | 'inhibition'
  | 'mute-time-interval'
  | 'active-time-interval'
  | 'acknowledgement'
  | 'business-hours'
  | 'roll-up';

/** Why an alert is kept quiet, in a form that pages, the API and the history can show. */
export interface MuteReason {
  readonly by: MuteKind;
  /** Of silences their ids, of inhibitions the fingerprints of the alerts that inhibit, of intervals and calendars their names, of a roll-up the fingerprint of the parent's alert. At least one. */
  readonly ids: readonly string[];
  /** One sentence for people: who silenced it until when, or which alert explains it. */
  readonly text: string;
}
