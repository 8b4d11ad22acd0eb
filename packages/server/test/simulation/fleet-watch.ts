import type { Camera, TroubleKind } from '@vedette/wire/http';
import { seededRandom } from '../../src/base/random.ts';
import type { Fleet } from '../../src/fleet/health/fleet.ts';
import { FAULTS, type Fault } from './fleet-faults.ts';
import { FleetDesk } from './fleet-desk.ts';
import { FleetWorld, type Noise } from './fleet-world.ts';

/** As often as the probes' page is scraped, and in this simulation also looked at. */
const STEP_MS = 5_000;
/** Rules page for what lasts so long; radio cameras get more time. */
const PAGE_AFTER_MS = 120_000;
const PAGE_AFTER_WIFI_MS = 300_000;
/** What is left of a fault after its end: an hour of "settings were changed", some probes until all is seen to be well. */
const AFTERMATH_MS = 65 * 60_000;

export interface Found {
  readonly fault: Fault;
  /** When the right kind was shown; undefined: never. */
  readonly afterMs: number | undefined;
  /** What was shown as the worst instead, first. */
  readonly instead: TroubleKind | undefined;
}

interface Shown {
  readonly camera: string;
  readonly kind: TroubleKind;
  readonly fromMs: number;
  paged: boolean;
}

/** Runs health over a simulated fleet, and notes what it finds. */
export class FleetWatch {
  readonly fleet: Fleet;
  readonly world: FleetWorld;
  readonly #desk: FleetDesk;
  readonly #faults: readonly Fault[];
  readonly #byCamera = new Map<string, Fault[]>();
  readonly #classes: ReadonlyMap<string, string>;
  readonly #found = new Map<Fault, number>();
  readonly #instead = new Map<Fault, TroubleKind>();
  readonly #shown = new Map<string, Shown>();
  /** Pages that belong to no fault. */
  readonly falsePages: string[] = [];
  /** Troubles that were shown and belong to no fault, paged or not. */
  falseTroubles = 0;
  readonly #cards = new Set<string>();
  /** `switch sw-0-1` of every cause that was shown. */
  readonly causes = new Set<string>();
  /** Processor time that listening and looking took, milliseconds. */
  busyMs = 0;

  constructor(cameras: readonly Camera[], faults: readonly Fault[], fromMs: number, seed: number, noise?: Noise) {
    this.#faults = faults;
    this.#classes = new Map(cameras.map((camera) => [camera.id, camera.class ?? '']));
    for (const fault of faults)
      for (const i of fault.cameras) {
        const id = (cameras[i] as Camera).id;
        this.#byCamera.set(id, [...(this.#byCamera.get(id) ?? []), fault]);
      }
    this.world = new FleetWorld(cameras, faults, seededRandom(seed), fromMs, noise);
    this.#desk = new FleetDesk(cameras, fromMs);
    this.fleet = this.#desk.fleet;
  }

  run(fromMs: number, toMs: number): void {
    for (let atMs = fromMs + STEP_MS; atMs <= toMs; atMs += STEP_MS) {
      this.#desk.clock.atMs = atMs;
      const batch = this.world.scrape(atMs);
      const startMs = cpuMs();
      this.#desk.listener.observe(batch);
      const changes = this.fleet.tick(atMs);
      this.busyMs += cpuMs() - startMs;
      for (const { cameraId } of changes) this.#note(cameraId, atMs);
      this.#page(atMs);
      this.#noteCards(atMs);
    }
  }

  results(): readonly Found[] {
    return this.#faults.map((fault) => {
      const at = this.#found.get(fault);
      return { fault, afterMs: at === undefined ? undefined : at - fault.fromMs, instead: this.#instead.get(fault) };
    });
  }

  #note(id: string, atMs: number): void {
    const kind = this.fleet.entry(id)?.kind;
    if (kind === undefined) {
      this.#shown.delete(id);
      return;
    }
    this.#shown.set(id, { camera: id, kind, fromMs: atMs, paged: false });
    const fault = this.#faultOf(id, atMs);
    if (!fault) {
      this.falseTroubles++;
      return;
    }
    // A switch outage begins as cameras that are offline, until enough are.
    if (kind === FAULTS[fault.kind]) {
      if (!this.#found.has(fault)) this.#found.set(fault, atMs);
    } else if (!this.#instead.has(fault)) this.#instead.set(fault, kind);
  }

  #page(atMs: number): void {
    for (const shown of this.#shown.values()) {
      const after = this.#classes.get(shown.camera) === 'wifi' ? PAGE_AFTER_WIFI_MS : PAGE_AFTER_MS;
      if (shown.paged || atMs - shown.fromMs < after) continue;
      shown.paged = true;
      if (this.fleet.entry(shown.camera)?.cause || this.#faultOf(shown.camera, shown.fromMs)) continue;
      this.falsePages.push(`${new Date(atMs).toISOString()} ${shown.camera} ${shown.kind}`);
    }
  }

  #noteCards(atMs: number): void {
    for (const { card } of this.fleet.causes.all) {
      const key = `${card.id} ${card.sinceMs}`;
      if (this.#cards.has(key)) continue;
      this.#cards.add(key);
      this.causes.add(`${card.level} ${card.name}`);
      const right = card.cameras.every((id) => this.#faultOf(id, atMs) !== undefined);
      if (!right) this.falsePages.push(`${new Date(atMs).toISOString()} card: ${card.reason}`);
    }
  }

  /** The fault that what is shown now belongs to. */
  #faultOf(id: string, atMs: number): Fault | undefined {
    return this.#byCamera.get(id)?.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs + AFTERMATH_MS);
  }
}

/** Processor time of this process, milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
