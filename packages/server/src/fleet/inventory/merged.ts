import type { Camera, CameraSource, KnownAs, MaintenanceWindow } from '@vedette/wire/http';
import { type Fields, nested } from './fields.ts';
import { CAMERAS_MAX } from './limits.ts';

/** What one source says of one camera. */
export interface Said {
  readonly source: CameraSource;
  /** `cameras.yaml:12`, `the API`, `import frigate-north`. */
  readonly place: string;
  readonly fields: Fields;
  /** How the import calls it. */
  readonly knownAs?: KnownAs;
}

/** A source of cameras; the earlier of several wins, field by field. */
export interface Layer {
  ids(): Iterable<string>;
  /** Strongest first; empty when it does not know the camera. */
  said(id: string): readonly Said[];
}

export interface MergedCamera {
  readonly camera: Camera;
  /** Strongest first. */
  readonly said: readonly Said[];
  /** Who said a field. */
  origin(field: string): Said | undefined;
}

/** Maintenance windows of the API that cover a camera. */
export type PlannedFor = (camera: Camera) => readonly MaintenanceWindow[];

/**
 * All sources as one list of cameras. A change names the ids that it concerns, and only those are merged again. A field that several
 * say is the first one's; maintenance windows of all count.
 */
export class MergedCameras {
  readonly #layers: readonly Layer[];
  readonly #planned: PlannedFor;
  readonly #byId = new Map<string, MergedCamera>();
  readonly #listeners = new Set<() => void>();
  #list: readonly Camera[] | undefined;
  #version = 0;
  /** Ids beyond the bound; they come in when there is room. */
  readonly #leftOut = new Set<string>();

  constructor(layers: readonly Layer[], planned: PlannedFor) {
    this.#layers = layers;
    this.#planned = planned;
  }

  get version(): number {
    return this.#version;
  }

  get leftOut(): number {
    return this.#leftOut.size;
  }

  /** By id, in the order of code units. */
  cameras(): readonly Camera[] {
    this.#list ??= [...this.#byId.values()].map(({ camera }) => camera).sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#list;
  }

  get(id: string): MergedCamera | undefined {
    return this.#byId.get(id);
  }

  onChange(call: () => void): Disposable {
    this.#listeners.add(call);
    return { [Symbol.dispose]: () => void this.#listeners.delete(call) };
  }

  /** Merges everything again. */
  rebuild(): boolean {
    const ids = new Set(this.#byId.keys());
    for (const layer of this.#layers) for (const id of layer.ids()) ids.add(id);
    return this.update(ids);
  }

  /** Merges these again; listeners hear of it once, when anything is otherwise. */
  update(ids: Iterable<string>): boolean {
    let changed = false;
    for (const id of ids) if (this.#merge(id)) changed = true;
    for (const id of this.#leftOut) {
      if (this.#byId.size >= CAMERAS_MAX) break;
      if (this.#merge(id)) changed = true;
    }
    if (!changed) return false;
    this.#list = undefined;
    this.#version++;
    for (const call of this.#listeners) call();
    return true;
  }

  #merge(id: string): boolean {
    const before = this.#byId.get(id);
    const said = this.#layers.flatMap((layer) => layer.said(id));
    this.#leftOut.delete(id);
    if (said.length === 0) return this.#byId.delete(id);
    if (before === undefined && this.#byId.size >= CAMERAS_MAX) {
      this.#leftOut.add(id);
      return false;
    }
    const merged = mergedCamera(id, said, this.#planned);
    if (before !== undefined && sameCamera(before.camera, merged.camera)) {
      // Places may have moved although nothing is otherwise.
      this.#byId.set(id, { ...merged, camera: before.camera });
      return false;
    }
    this.#byId.set(id, merged);
    return true;
  }
}

function mergedCamera(id: string, said: readonly Said[], planned: PlannedFor): MergedCamera {
  const [first] = said as readonly [Said, ...Said[]];
  const fields = said.length === 1 ? first.fields : Object.assign({}, ...said.map((one) => one.fields).reverse());
  const known = said.flatMap(({ knownAs }) => (knownAs === undefined ? [] : [knownAs]));
  const camera: Record<string, unknown> = { id, ...nested(fields as Fields), source: first.source };
  if (known.length > 0) camera['known_as'] = known;
  const windows = [...said.flatMap((one) => windowsOf(one.fields)), ...planned(camera as unknown as Camera)];
  if (windows.length > 0) camera['maintenance'] = windows;
  return {
    camera: camera as unknown as Camera,
    said,
    origin: (field) => said.find((one) => Object.hasOwn(one.fields, field)),
  };
}

function windowsOf(fields: Fields): readonly MaintenanceWindow[] {
  return (fields['maintenance'] as readonly MaintenanceWindow[] | undefined) ?? [];
}

function sameCamera(one: Camera, other: Camera): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
