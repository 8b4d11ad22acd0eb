import type { Camera } from '@vedette/wire/http';
import type { Inventory } from '../ports.ts';
import { CameraEvidence } from './camera-evidence.ts';

/** Labels of a camera (in the inventory) that name the machine which works on its pictures, beside its recorder. */
const HOST_LABELS = ['node', 'instance', 'host', 'gpu_node'] as const;
/** Labels of a camera that name the model which looks at its pictures. */
const MODEL_LABELS = ['model_name', 'detector'] as const;

/** A camera of the inventory with what is heard of it; lives as long as its id is in the inventory. */
export interface Watched {
  camera: Camera;
  readonly evidence: CameraEvidence;
  /** Machines whose disks and graphics processors it depends on: its recorder and those its labels name. */
  hosts: readonly string[];
  /** Models that look at its pictures. */
  models: readonly string[];
}

/** The cameras by every name under which samples speak of them; follows the inventory. */
export class Roster {
  readonly #inventory: Inventory;
  readonly #watched = new Map<string, Watched>();
  #byName = new Map<string, Watched>();
  #hosts: ReadonlySet<string> = new Set();
  #version: number | undefined;
  /** Rises whenever names, ids or hosts may mean another camera than before. */
  generation = 0;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** Takes over what the inventory says now. Returns what was added and removed, or undefined when nothing changed. */
  follow(): { readonly added: readonly Watched[]; readonly removed: readonly string[] } | undefined {
    if (this.#version === this.#inventory.version) return undefined;
    this.#version = this.#inventory.version;
    this.generation++;
    const added: Watched[] = [];
    const names = new Map<string, Watched>();
    const twice = new Set<string>();
    const hosts = new Set<string>();
    const seen = new Set<string>();
    for (const camera of this.#inventory.cameras()) {
      seen.add(camera.id);
      let watched = this.#watched.get(camera.id);
      if (!watched) {
        watched = { camera, evidence: new CameraEvidence(), hosts: [], models: [] };
        this.#watched.set(camera.id, watched);
        added.push(watched);
      }
      watched.camera = camera;
      watched.hosts = hostsOf(camera);
      watched.models = valuesOf(camera, MODEL_LABELS);
      for (const host of watched.hosts) hosts.add(host);
      const { name } = camera;
      if (name === undefined || name === camera.id) continue;
      if (names.has(name)) twice.add(name);
      names.set(name, watched);
    }
    // A name that two cameras share tells neither.
    for (const name of twice) names.delete(name);
    const removed = [...this.#watched.keys()].filter((id) => !seen.has(id));
    for (const id of removed) this.#watched.delete(id);
    // Ids come last: an id is never taken for another camera's name.
    for (const [id, watched] of this.#watched) names.set(id, watched);
    this.#byName = names;
    this.#hosts = hosts;
    return { added, removed };
  }

  get size(): number {
    return this.#watched.size;
  }

  get(id: string): Watched | undefined {
    return this.#watched.get(id);
  }

  all(): IterableIterator<Watched> {
    return this.#watched.values();
  }

  /** By id or by a name that only one camera has. */
  named(name: string): Watched | undefined {
    return this.#byName.get(name);
  }

  /** The host as the inventory spells it, of `nvr-1`, `nvr-1:9100` or `nvr-1.lan:9100`; undefined: no camera depends on it. */
  host(text: string): string | undefined {
    if (this.#hosts.has(text)) return text;
    const address = hostPart(text);
    if (this.#hosts.has(address)) return address;
    const first = address.slice(0, Math.max(0, address.indexOf('.')));
    return first !== '' && this.#hosts.has(first) ? first : undefined;
  }
}

function hostsOf(camera: Camera): readonly string[] {
  const named = valuesOf(camera, HOST_LABELS).map(hostPart);
  return camera.recorder === undefined ? named : [camera.recorder, ...named];
}

function valuesOf(camera: Camera, labels: readonly string[]): readonly string[] {
  return labels.map((label) => camera.labels?.[label] ?? '').filter((value) => value !== '');
}

/** Without `:port`; an IPv6 address keeps its brackets. */
function hostPart(text: string): string {
  const colon = text.lastIndexOf(':');
  return colon > 0 && !text.endsWith(']') ? text.slice(0, colon) : text;
}
