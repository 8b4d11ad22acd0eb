import type { CameraState, CameraStatus, TroubleKind } from '@vedette/wire/http';
import type { Watched } from '../evidence/index.ts';
import { type Cause, parentsOf } from '../topology/index.ts';
import type { Changing } from './change-list.ts';
import { HealthMemory } from './look.ts';
import type { Verdict } from './judge.ts';

/** One camera of the fleet with everything that is known about its health. */
export class FleetEntry implements Changing {
  readonly watched: Watched;
  readonly memory = new HealthMemory();
  /** Whether it is expected to run, as of the last time that was asked. */
  scheduled = true;
  maintenance: Watched['camera']['maintenance'] extends readonly (infer Window)[] | undefined
    ? Window | undefined
    : never;
  verdict: Verdict | undefined;
  /** Looked at since its status was published last. */
  looked = false;
  status: CameraStatus;
  cause: Cause | undefined;
  /** When the text of the reason was last taken over; it changes with every figure, pages need not. */
  wordedAtMs = 0;
  /** What was known before a restart holds until then, or until something is heard. */
  restoredUntilMs = 0;
  parents: ReturnType<typeof parentsOf>;
  version = 0;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(watched: Watched, atMs: number) {
    this.watched = watched;
    this.maintenance = undefined;
    this.parents = parentsOf(watched.camera);
    this.status = { id: watched.camera.id, state: 'unknown', sinceMs: atMs, troubles: [], heardAtMs: 0 };
  }

  get id(): string {
    return this.watched.camera.id;
  }

  get kind(): TroubleKind | undefined {
    return this.status.troubles[0]?.kind;
  }

  /** What the wall shows: the worst trouble, else why it rests or is unknown. */
  get reason(): string {
    const { state, troubles, suspicion } = this.status;
    return troubles[0]?.reason ?? (state === 'maintenance' || state === 'unknown' ? (suspicion ?? '') : '');
  }

  get rests(): boolean {
    return !this.scheduled || this.maintenance !== undefined;
  }
}

/** A change of a camera's state or of the kind of its worst trouble. */
export interface StateChange {
  readonly cameraId: string;
  readonly atMs: number;
  readonly from: CameraState;
  readonly to: CameraState;
  readonly kind: TroubleKind | undefined;
  readonly reason: string;
}
