import { CAMERA_STATES, type CameraState, type CauseCard, type WallAnswer } from '@vedette/wire/http';

export interface Row {
  readonly id: string;
  readonly name?: string;
  readonly state?: CameraState;
  readonly sinceMs?: number;
  readonly reason?: string;
  readonly site?: string;
  readonly switch?: string;
}

/** An answer of the wall as a server writes it; for tests. */
export function wallAnswer(
  rows: readonly Row[],
  more: Partial<Pick<WallAnswer, 'version' | 'whole' | 'removed'>> & { readonly causes?: readonly CauseCard[] } = {},
): WallAnswer {
  const words = [''];
  const at = (word: string | undefined): number => {
    const text = word ?? '';
    const known = words.indexOf(text);
    return known >= 0 ? known : words.push(text) - 1;
  };
  const column = (of: (row: Row) => string | undefined): number[] => rows.map((row) => at(of(row)));
  const answer = {
    version: 1,
    whole: true,
    removed: [],
    causes: [],
    ...more,
    atMs: 1_000,
    id: rows.map(({ id }) => id),
    name: column(({ name }) => name),
    state: column(({ state }) => state ?? 'ok'),
    sinceMs: rows.map(({ sinceMs }) => sinceMs ?? 1),
    reason: column(({ reason }) => reason),
    kind: column(() => ''),
    site: column(({ site }) => site),
    recorder: column(() => ''),
    switch: column((row) => row.switch),
    class: column(() => ''),
    model: column(() => ''),
    cause: rows.map(() => -1),
    counts: Object.fromEntries(CAMERA_STATES.map((state) => [state, 0])) as Record<CameraState, number>,
    simulation: false,
  };
  return { ...answer, words };
}

export function causeCard(cameras: readonly string[], name = 'SW-3'): CauseCard {
  return {
    id: `switch:${name}`,
    level: 'switch',
    name,
    affected: cameras.length,
    total: cameras.length,
    sinceMs: 1,
    reason: `switch ${name}: ${cameras.length} of ${cameras.length} cameras give no pictures`,
    advice: 'Look at its power.',
    cameras,
  };
}
