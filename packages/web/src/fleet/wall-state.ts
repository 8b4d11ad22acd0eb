import { CAMERA_STATES, type CameraState, type CauseCard, type WallAnswer } from '@vedette/wire/http';
import { compareKeys, nameKey } from './name-order.ts';
import { readState } from './states.ts';

/** One camera as the wall knows it. Replaced, never changed, when something about it changes. */
export interface WallCamera {
  readonly id: string;
  readonly name: string;
  readonly state: CameraState;
  readonly sinceMs: number;
  readonly reason: string;
  readonly kind: string;
  readonly site: string;
  readonly recorder: string;
  readonly switch: string;
  readonly class: string;
  readonly model: string;
}

export interface WallState {
  readonly version: number;
  readonly atMs: number;
  /** In the order of their names; states and filters come later. */
  readonly cameras: readonly WallCamera[];
  readonly causes: readonly CauseCard[];
  /** The card that explains a camera. */
  readonly causeOf: ReadonlyMap<string, CauseCard>;
  readonly counts: Readonly<Record<CameraState, number>>;
  readonly simulation: boolean;
}

/** The wall after an answer; rows of an answer that is not whole replace those of the same id. */
export function applyWall(before: WallState | undefined, answer: WallAnswer): WallState {
  const changed = rowsOf(answer);
  const base = before === undefined || answer.whole ? undefined : before;
  return {
    version: answer.version,
    atMs: answer.atMs,
    cameras: base ? merge(base.cameras, changed, answer.removed) : inNameOrder(changed),
    causes: answer.causes,
    causeOf: new Map(answer.causes.flatMap((card) => card.cameras.map((id) => [id, card] as const))),
    counts: { ...NO_COUNTS, ...answer.counts },
    simulation: answer.simulation,
  };
}

const NO_COUNTS = Object.fromEntries(CAMERA_STATES.map((state) => [state, 0])) as Record<CameraState, number>;

function inNameOrder(cameras: readonly WallCamera[]): readonly WallCamera[] {
  const keyed = cameras.map((camera) => ({ key: `${nameKey(camera.name)}\u0000${camera.id}`, camera }));
  keyed.sort((a, b) => compareKeys(a.key, b.key));
  return keyed.map(({ camera }) => camera);
}

function rowsOf(answer: WallAnswer): WallCamera[] {
  const word = (index: number | undefined): string => (index === undefined ? '' : (answer.words[index] ?? ''));
  return answer.id.map((id, i) => ({
    id,
    name: word(answer.name[i]) || id,
    state: readState(word(answer.state[i])),
    sinceMs: answer.sinceMs[i] ?? 0,
    reason: word(answer.reason[i]),
    kind: word(answer.kind[i]),
    site: word(answer.site[i]),
    recorder: word(answer.recorder[i]),
    switch: word(answer.switch[i]),
    class: word(answer.class[i]),
    model: word(answer.model[i]),
  }));
}

/** Most answers change states only: then the order stays and nothing is sorted. */
function merge(
  before: readonly WallCamera[],
  changed: readonly WallCamera[],
  removed: readonly string[],
): readonly WallCamera[] {
  if (changed.length === 0 && removed.length === 0) return before;
  const byId = new Map(changed.map((camera) => [camera.id, camera]));
  const gone = new Set(removed);
  let ordered = true;
  const after: WallCamera[] = [];
  for (const camera of before) {
    const next = byId.get(camera.id);
    if (next) {
      byId.delete(camera.id);
      ordered &&= next.name === camera.name;
      after.push(next);
    } else if (!gone.has(camera.id)) after.push(camera);
  }
  for (const camera of byId.values()) after.push(camera);
  return ordered && byId.size === 0 ? after : inNameOrder(after);
}
