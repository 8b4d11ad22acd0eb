import { CAMERA_STATES, type CameraState, type CameraStatus, type Trouble } from '@vedette/wire/http';
import type { Roster, SharedEvidence, Watched } from '../evidence/index.ts';
import type { Inventory } from '../ports.ts';
import { Causes, type Hit, parentsOf } from '../topology/index.ts';
import { ChangeList } from './change-list.ts';
import { ClassPolicies, type HealthSettings } from './class-policy.ts';
import { FleetEntry, type StateChange } from './fleet-entry.ts';
import { familyOf, hitsOf, lostLinks } from './hits.ts';
import { judge } from './judge.ts';
import { statusOf } from './status.ts';

/** Cameras of which nothing new was heard are looked at every so many ticks: time alone changes some things. */
const SLICES = 10;
/** Causes are looked for at least every so many ticks. */
const CAUSES_EVERY_TICKS = 5;
/** After a start the states from before hold so long, unless something is heard. */
const RESTORED_FOR_MS = 180_000;
/** Removed cameras that are remembered, for those who ask what changed. */
const REMOVED_MAX = 10_000;

/** What was known of a camera before a restart. */
export interface RestoredState {
  readonly state: CameraState;
  readonly sinceMs: number;
}

export interface FleetDeps {
  readonly inventory: Inventory;
  readonly roster: Roster;
  readonly shared: SharedEvidence;
  readonly settings: HealthSettings;
  /** The first version; must be above those of earlier processes. */
  readonly startMs: number;
}

/** The states of all cameras. `tick` moves it on to a given time; nothing else changes it. */
export class Fleet {
  readonly #deps: FleetDeps;
  readonly #policies: ClassPolicies;
  readonly #entries = new Map<string, FleetEntry>();
  readonly #changes = new ChangeList<FleetEntry>();
  readonly #causes: Causes;
  readonly #totals = new Map<string, number>();
  readonly #removed: { readonly id: string; readonly version: number }[] = [];
  readonly #counts: Record<CameraState, number>;
  #restored = new Map<string, RestoredState>();
  #ticks = 0;
  #version: number;
  /** Deltas since earlier versions cannot be told: answers are whole. */
  #oldestVersion: number;
  #causesDue = false;
  #causesSeen = 0;
  atMs: number;

  constructor(deps: FleetDeps) {
    this.#deps = deps;
    this.#policies = new ClassPolicies(deps.settings);
    this.#causes = new Causes({
      ratio: deps.settings.cause_ratio,
      camerasMin: deps.settings.cause_cameras,
      windowMs: deps.settings.cause_window,
    });
    this.#counts = Object.fromEntries(CAMERA_STATES.map((state) => [state, 0])) as Record<CameraState, number>;
    this.#version = deps.startMs;
    this.#oldestVersion = deps.startMs;
    this.atMs = deps.startMs;
  }

  /** Rises with every change that a wall shows. */
  get version(): number {
    return this.#version;
  }

  get counts(): Readonly<Record<CameraState, number>> {
    return this.#counts;
  }

  get causes(): Causes {
    return this.#causes;
  }

  get size(): number {
    return this.#entries.size;
  }

  entry(id: string): FleetEntry | undefined {
    return this.#entries.get(id);
  }

  entries(): IterableIterator<FleetEntry> {
    return this.#entries.values();
  }

  /** What changed after that version; undefined: too long ago to tell, or not a version of this process. */
  since(version: number): { readonly entries: readonly FleetEntry[]; readonly removed: readonly string[] } | undefined {
    if (version < this.#oldestVersion || version > this.#version) return undefined;
    const removed = this.#removed.filter((one) => one.version > version && !this.#entries.has(one.id));
    return { entries: [...this.#changes.since(version)], removed: removed.map(({ id }) => id) };
  }

  /** States from before a restart; before the first tick. */
  restore(states: ReadonlyMap<string, RestoredState>): void {
    this.#restored = new Map(states);
  }

  /** Moves on to the time: looks at whatever was heard of, and in turn at everything else. Returns the changes of state. */
  tick(atMs: number): readonly StateChange[] {
    this.atMs = atMs;
    const slice = this.#ticks++ % SLICES;
    const version = this.#version + 1;
    let isChanged = this.#follow(atMs, version);
    let index = 0;
    for (const entry of this.#entries.values()) {
      const inSlice = index++ % SLICES === slice;
      if (inSlice || entry.verdict === undefined) this.#askExpectation(entry, atMs);
      else if (!entry.watched.evidence.changed) continue;
      entry.watched.evidence.changed = false;
      this.#look(entry, atMs);
    }
    if (this.#causesDue || this.#ticks % CAUSES_EVERY_TICKS === 0) {
      this.#causesDue = false;
      if (this.#findCauses(atMs)) isChanged = true;
    }
    const told: StateChange[] = [];
    const causesChanged = this.#causes.version !== this.#causesSeen;
    this.#causesSeen = this.#causes.version;
    for (const entry of this.#entries.values()) {
      if (!entry.looked && !causesChanged) continue;
      entry.looked = false;
      if (this.#publish(entry, atMs, version, told)) isChanged = true;
    }
    if (isChanged) this.#version = version;
    return told;
  }

  #follow(atMs: number, version: number): boolean {
    const change = this.#deps.roster.follow();
    if (!change) return false;
    for (const id of change.removed) this.#remove(id, version);
    for (const watched of change.added) this.#add(watched, atMs, version);
    // Any other camera may have another name, site or class now.
    for (const entry of this.#entries.values()) {
      entry.parents = parentsOf(entry.watched.camera);
      entry.watched.evidence.changed = true;
      this.#askExpectation(entry, atMs);
      this.#changes.touch(entry, version);
    }
    this.#causesDue = true;
    return true;
  }

  #add(watched: Watched, atMs: number, version: number): void {
    const entry = new FleetEntry(watched, atMs);
    const restored = this.#restored.get(entry.id);
    if (restored) {
      // A camera that is taken away and comes back is a new one.
      this.#restored.delete(entry.id);
      entry.status = { ...entry.status, ...restored };
      entry.restoredUntilMs = atMs + RESTORED_FOR_MS;
    }
    this.#entries.set(entry.id, entry);
    this.#counts[entry.status.state]++;
    this.#changes.touch(entry, version);
  }

  #remove(id: string, version: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#changes.remove(entry);
    this.#counts[entry.status.state]--;
    this.#removed.push({ id, version });
    if (this.#removed.length <= REMOVED_MAX) return;
    this.#oldestVersion = (this.#removed.shift() as { readonly version: number }).version;
  }

  #askExpectation(entry: FleetEntry, atMs: number): void {
    const { camera } = entry.watched;
    const rested = entry.rests;
    if (camera.schedule === undefined && camera.maintenance === undefined) {
      entry.scheduled = true;
      entry.maintenance = undefined;
    } else {
      const { scheduled, maintenance } = this.#deps.inventory.expectation(camera, atMs);
      entry.scheduled = scheduled;
      entry.maintenance = maintenance;
    }
    if (rested !== entry.rests) this.#causesDue = true;
  }

  #look(entry: FleetEntry, atMs: number): void {
    const { watched, memory, scheduled, maintenance } = entry;
    const { settings, shared } = this.#deps;
    const before = entry.verdict;
    entry.looked = true;
    entry.verdict = judge(
      {
        camera: watched.camera,
        evidence: watched.evidence,
        shared,
        hosts: watched.hosts,
        models: watched.models,
        policy: this.#policies.of(watched.camera.class),
        scheduled,
        ...(maintenance === undefined ? {} : { maintenance }),
        diskFullRatio: settings.disk_full_ratio,
        atMs,
      },
      memory,
    );
    if (!sameKinds(before?.troubles, entry.verdict.troubles)) this.#causesDue = true;
  }

  #findCauses(atMs: number): boolean {
    const { settings, shared } = this.#deps;
    const hits: Hit[] = [];
    for (const entry of this.#entries.values()) {
      if (!entry.rests) hits.push(...hitsOf(entry, settings.cause_window));
    }
    if (hits.length > 0) this.#countTotals();
    const links = lostLinks(this.#entries.values(), shared, settings.link_down_after, atMs);
    return this.#causes.update(hits, this.#totals, links);
  }

  /** Cameras that are expected to run, by parent. */
  #countTotals(): void {
    this.#totals.clear();
    for (const { rests, parents } of this.#entries.values()) {
      if (rests) continue;
      for (const { key } of parents) this.#totals.set(key, (this.#totals.get(key) ?? 0) + 1);
    }
  }

  /** Takes over what a look and the causes say. Returns whether a wall shows something else now. */
  #publish(entry: FleetEntry, atMs: number, version: number, told: StateChange[]): boolean {
    const { verdict } = entry;
    if (!verdict) return false;
    const worst = verdict.troubles[0];
    const cause = entry.rests ? undefined : this.#causes.of(entry.id, worst && familyOf(worst.kind));
    if (entry.restoredUntilMs > atMs && verdict.state === 'unknown' && verdict.troubles.length === 0 && !cause)
      return false;
    const before = entry.status;
    const after = statusOf(entry, verdict, cause, atMs);
    const sameCause = cause?.card.id === entry.cause?.card.id;
    entry.cause = cause;
    if (after === before && sameCause) return false;
    const shown = entry.reason;
    entry.status = after;
    if (after.troubles !== before.troubles) entry.wordedAtMs = atMs;
    if (before.state !== after.state) {
      this.#counts[before.state]--;
      this.#counts[after.state]++;
    }
    if (before.state !== after.state || before.troubles[0]?.kind !== after.troubles[0]?.kind)
      told.push(changeOf(entry, before, after, atMs));
    const isShown =
      before.state !== after.state || before.sinceMs !== after.sinceMs || shown !== entry.reason || !sameCause;
    if (isShown) this.#changes.touch(entry, version);
    return isShown;
  }
}

function sameKinds(before: readonly Trouble[] | undefined, after: readonly Trouble[]): boolean {
  return before?.length === after.length && after.every(({ kind }, i) => kind === before[i]?.kind);
}

function changeOf(entry: FleetEntry, before: CameraStatus, after: CameraStatus, atMs: number): StateChange {
  return {
    cameraId: entry.id,
    atMs,
    from: before.state,
    to: after.state,
    kind: after.troubles[0]?.kind,
    reason: entry.reason,
  };
}
