/** The doors between the parts of this room: each is implemented in a folder of its own and handed in by `open-alerting.ts`. */
import type { UnixMs } from '../base/clock.ts';
import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Muter } from './pipeline/stage.ts';

export type SilenceState = 'pending' | 'active' | 'expired';

export interface Silence {
  /** UUID. */
  readonly id: string;
  /** All must match; at least one does not match the empty string. */
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  /** As the client wrote it. */
  readonly createdBy: string;
  /** Who was signed in; undefined without users, and for imported silences. */
  readonly user: string | undefined;
  readonly comment: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A new silence, or with `id` a change of one; of one that has expired it makes a new one. */
export type SilenceDraft = Omit<Silence, 'id' | 'updatedAtMs'> & { readonly id?: string };

/** Silences, durable; as a Muter it says which ones keep an alert quiet. */
export interface SilenceStore extends Muter {
  get(id: string): Silence | undefined;
  /** Also the expired ones, for as long as they are kept. */
  list(): readonly Silence[];
  state(silence: Silence, at: UnixMs): SilenceState;
  /**
   * The id under which it lives now: a change of matchers or of a past beginning expires the old silence and makes a new one, as in
   * Alertmanager. Resolves when it survives kill -9. Throws SILENCE_INVALID, NOT_FOUND.
   */
  set(draft: SilenceDraft, at: UnixMs): Promise<string>;
  /** Ends it now, unless it has ended. Throws NOT_FOUND. */
  expire(id: string, at: UnixMs): Promise<void>;
}

/** Somebody looks after an alert. Holds until the alert resolves, until it expires, or until it is withdrawn. */
export interface Acknowledgement {
  /** Of the alert's labels. */
  readonly fingerprint: string;
  /** The alert's beginning: one that starts anew wants a new acknowledgement. */
  readonly startsAtMs: number;
  readonly atMs: number;
  /** From then on it does not count any more. */
  readonly expiresAtMs: number;
  /** The signed-in user, the receiver's word for a person, or the name in a signed link. */
  readonly by: string;
  readonly via: 'api' | 'page' | 'link' | 'receiver';
  readonly comment: string;
}

export interface Acknowledgements {
  /** The newest one of this alert since it started; undefined when there is none, it expired or was withdrawn. */
  of(fingerprint: string, startsAtMs: number): Acknowledgement | undefined;
  /** Resolves when it survives kill -9. */
  acknowledge(acknowledgement: Acknowledgement): Promise<void>;
  /** Resolves when that survives kill -9. */
  withdraw(fingerprint: string): Promise<void>;
}

/** Something that alerts hang on: a switch, a recorder, a site. */
export interface TopologyNode {
  /** `switch`, `recorder`, `site`: a level of the configured order. */
  readonly level: string;
  readonly name: string;
}

/** What hangs on what, from labels or from an inventory. */
export interface Topology {
  /** Nearest first; empty when nothing is known about it. */
  parentsOf(labels: Labels): readonly TopologyNode[];
  /** How many things of the lowest level hang on it, directly or not; undefined when nobody counted. */
  childCount(node: TopologyNode): number | undefined;
}
