import { FAULT_TROUBLE, type FaultKind } from '@vedette/simulate';
import type { WallAnswer } from '@vedette/wire/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSimulation, startSimulation } from './simulate-process.ts';
import { type Running, cleanUp, eventually, startVedette } from './vedette-process.ts';

interface Told {
  readonly id: string;
  readonly protocol: string;
  readonly switch: string;
  readonly recorder: string;
}

let simulation: RunningSimulation;
let vedette: Running;
let cameras: readonly Told[];

beforeAll(async () => {
  simulation = await startSimulation();
  cameras = ((await (await fetch(`${simulation.control}/cameras`)).json()) as { cameras: Told[] }).cameras;
  vedette = await startVedette({ args: ['--config', `${simulation.folder}/vedette.yaml`] });
}, 120_000);
afterAll(cleanUp);

const wall = async (): Promise<WallAnswer> =>
  (await (await fetch(`${vedette.url}/api/vedette/fleet/wall`)).json()) as WallAnswer;

/** State and kind of trouble by camera. */
async function states(): Promise<ReadonlyMap<string, { readonly state: string; readonly kind: string }>> {
  const { id, state, kind, words } = await wall();
  return new Map(id.map((name, i) => [name, { state: words[state[i] ?? -1] ?? '', kind: words[kind[i] ?? -1] ?? '' }]));
}

/** Every trouble of a camera. */
async function troubles(id: string): Promise<readonly string[]> {
  const answer = await fetch(`${vedette.url}/api/vedette/fleet/cameras/${id}`);
  const { status } = (await answer.json()) as { status: { troubles: { kind: string }[] } };
  return status.troubles.map((trouble) => trouble.kind);
}

describe('a Vedette that watches the simulation', () => {
  it('finds every camera well, and says that it is a simulation', async () => {
    await eventually(
      async () => {
        const known = await states();
        expect([...known].filter(([, { state }]) => state !== 'ok')).toEqual([]);
        expect(known.size).toBe(cameras.length);
      },
      { timeoutMs: 120_000, everyMs: 1_000 },
    );
    expect((await wall()).simulation).toBe(true);
    // A close look at each, so that what is usual is known; and nothing is found where nothing is.
    await new Promise((done) => setTimeout(done, 60_000));
    expect([...(await states())].filter(([, { state }]) => state !== 'ok')).toEqual([]);
  }, 240_000);

  it('tells each of the fourteen faults by its name, and nothing else', async () => {
    // The switch and the recorder of the last site, and its other cameras, stay out of what single cameras are chosen for.
    const last = cameras.at(-1);
    const single = cameras.filter((camera) => camera.protocol === 'rtsp' && camera.recorder === cameras[0]?.recorder);
    const chosen = new Map<FaultKind, readonly string[]>();
    const kinds: readonly FaultKind[] = [
      ...(['offline', 'frozen', 'black', 'low_frame_rate', 'declared_rate', 'wrong_credentials'] as const),
      ...(['long_keyframe_interval', 'packet_loss', 'clock_drift', 'settings_changed', 'model_drift'] as const),
    ];
    const others = cameras.filter(
      (camera) => camera.protocol === 'rtsp' && camera.switch !== last?.switch && !single.includes(camera),
    );
    const pool = [...single, ...others];
    for (const kind of kinds) {
      // A camera that wants no password rejects none: that one is refused, and the next is taken.
      let response = await simulation.post({ kind, cameras: [pool.shift()?.id] });
      while (response.status !== 201 && pool.length > 0) {
        response = await simulation.post({ kind, cameras: [pool.shift()?.id] });
      }
      const { faults } = (await response.json()) as { faults: { cameras: string[] }[] };
      chosen.set(kind, faults[0]?.cameras ?? []);
    }
    const group = await simulation.post({ kind: 'switch_outage', switch: last?.switch });
    chosen.set('switch_outage', ((await group.json()) as { faults: { cameras: string[] }[] }).faults[0]?.cameras ?? []);

    const expected = [...chosen].flatMap(([kind, ids]) =>
      ids.map((id) => ({ kind, id, trouble: FAULT_TROUBLE[kind] })),
    );
    await eventually(
      async () => {
        const missing: string[] = [];
        for (const { kind, id, trouble } of expected) {
          const found = await troubles(id);
          const accepted = kind === 'switch_outage' ? [trouble, 'offline'] : [trouble];
          if (!accepted.some((name) => found.includes(name)))
            missing.push(`${id} ${kind}: ${found.join(', ') || 'ok'}`);
        }
        expect(missing).toEqual([]);
      },
      { timeoutMs: 240_000, everyMs: 2_000 },
    );
    const { causes } = await wall();
    expect(causes.map(({ level, name }) => `${level} ${name}`)).toContain(`switch ${last?.switch}`);
    const broken = new Set(expected.map(({ id }) => id));
    expect([...(await states())].filter(([id, { state }]) => state !== 'ok' && !broken.has(id))).toEqual([]);
  }, 300_000);

  it('tells a full recorder and a starved GPU, and sees that all is well again', async () => {
    await fetch(`${simulation.control}/faults`, { method: 'DELETE' });
    const recorder = cameras[0]?.recorder;
    for (const kind of ['recorder_full', 'gpu_starved'] as const) {
      await simulation.post({ kind, recorder, for: '10m' });
      await eventually(async () => expect(await troubles(cameras[0]?.id ?? '')).toContain(FAULT_TROUBLE[kind]), {
        timeoutMs: 180_000,
        everyMs: 2_000,
      });
      await fetch(`${simulation.control}/faults`, { method: 'DELETE' });
    }
    // Changed settings stay in view for an hour.
    await eventually(
      async () => {
        const left = [...(await states())].filter(
          ([, { state, kind }]) => state !== 'ok' && kind !== 'settings_changed',
        );
        expect(left).toEqual([]);
      },
      { timeoutMs: 240_000, everyMs: 2_000 },
    );
  }, 700_000);
});
