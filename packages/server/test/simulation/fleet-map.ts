import type { Camera, MaintenanceWindow } from '@vedette/wire/http';
import type { Inventory } from '../../src/fleet/ports.ts';

/** An inventory in memory, as files would make it. Cameras run always unless `rest` says otherwise. */
export class MapInventory implements Inventory {
  version = 1;
  #cameras: Map<string, Camera>;
  readonly #calls = new Set<() => void>();
  rest: (camera: Camera, atMs: number) => { readonly scheduled: boolean; readonly maintenance?: MaintenanceWindow } =
    () => ({
      scheduled: true,
    });

  constructor(cameras: readonly Camera[]) {
    this.#cameras = new Map(cameras.map((camera) => [camera.id, camera]));
  }

  cameras(): readonly Camera[] {
    return [...this.#cameras.values()];
  }

  camera(id: string): Camera | undefined {
    return this.#cameras.get(id);
  }

  set(cameras: readonly Camera[]): void {
    this.#cameras = new Map(cameras.map((camera) => [camera.id, camera]));
    this.version++;
    for (const call of this.#calls) call();
  }

  onChange(call: () => void): Disposable {
    this.#calls.add(call);
    return { [Symbol.dispose]: () => this.#calls.delete(call) };
  }

  credentials(): undefined {
    return undefined;
  }

  expectation(camera: Camera, atMs: number) {
    return this.rest(camera, atMs);
  }
}

const CLASSES = [
  'traffic',
  'traffic',
  'traffic',
  'evidence',
  'indoor',
  'traffic',
  'evidence',
  'traffic',
  'indoor',
  'traffic',
] as const;
const RATES = [25, 25, 15, 12.5, 30] as const;
export const MODELS = ['plates', 'vehicles', 'people', 'smoke', 'parcels'] as const;

/**
 * Sites of a hundred cameras, each with three switches and two recorders that lie across one another. One camera in twenty is on the radio.
 */
export function fleetMap(count: number): readonly Camera[] {
  return Array.from({ length: count }, (_, i): Camera => {
    const site = Math.floor(i / 100);
    return {
      id: `cam-${String(i).padStart(4, '0')}`,
      name: `Camera ${i}`,
      site: `site-${site}`,
      recorder: `nvr-${site}-${i % 2}`,
      switch: `sw-${site}-${i % 3}`,
      port: String(i % 34),
      class: i % 20 === 7 ? 'wifi' : (CLASSES[i % CLASSES.length] as string),
      model: `type-${i % 4}`,
      expected: { frames_per_second: RATES[i % RATES.length] as number, width: 1920, height: 1080, codec: 'h264' },
      labels: { model_name: MODELS[i % MODELS.length] as string },
      source: 'simulation',
    };
  });
}
