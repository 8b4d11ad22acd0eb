/** What waits to be started, in one of three lanes. */
export interface Waiting {
  readonly group: string;
  /** Known to be failing: it may take its whole time-out, and must not hold those that work. */
  readonly failing: boolean;
  /** It confirms what was just seen, and comes before what is only due. */
  readonly urgent: boolean;
}

export interface GroupLimits {
  readonly concurrency: number;
  readonly concurrencyPerRecorder: number;
}

/** A recorder that does not even answer a connection gives away no session: nothing is spared by asking it slowly. */
const UNREACHABLE_CONCURRENCY = 32;
/** Connections that failed in a row, without one that came to be, after which a group counts as not there. */
const UNREACHABLE_AFTER = 3;

interface Group<Item> {
  readonly urgent: Item[];
  readonly sound: Item[];
  readonly failing: Item[];
  running: number;
  failingRunning: number;
  /** Connections that failed since one came to be. */
  unreachable: number;
}

/**
 * Who may start: at most so many at once over all and for each recorder, recorders in turn, and in each lane first come, first
 * served. What is known to fail has at most half of the places, so that time-outs never make the others late.
 */
export class SessionGroups<Item extends Waiting> {
  readonly #groups = new Map<string, Group<Item>>();
  /** Groups in which something waits that may start, in turn. */
  readonly #ready = new Set<string>();
  /** Groups in which only failing ones wait, while these have all their places. */
  readonly #held = new Set<string>();
  #limits: GroupLimits;
  #running = 0;
  #failingRunning = 0;
  #waiting = 0;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  set limits(limits: GroupLimits) {
    this.#limits = limits;
    for (const name of this.#groups.keys()) this.#ready.add(name);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(item: Item): void {
    const group = this.#group(item.group);
    (item.failing ? group.failing : item.urgent ? group.urgent : group.sound).push(item);
    this.#waiting++;
    this.#ready.add(item.group);
  }

  /** The next one that may start now; it counts as running until `done`. */
  next(): Item | undefined {
    for (const name of this.#ready) {
      if (this.#running >= this.#limits.concurrency) return undefined;
      this.#ready.delete(name);
      const group = this.#group(name);
      const item = this.#take(name, group);
      if (item === undefined) continue;
      this.#waiting--;
      this.#running++;
      group.running++;
      if (item.failing) {
        this.#failingRunning++;
        group.failingRunning++;
      }
      if (waitingIn(group) > 0) this.#ready.add(name);
      return item;
    }
    return undefined;
  }

  /** `connected`: whether a connection came to be; undefined: nobody knows. */
  done(item: Item, connected: boolean | undefined): void {
    const group = this.#group(item.group);
    this.#running--;
    group.running--;
    if (item.failing) {
      this.#failingRunning--;
      group.failingRunning--;
      for (const name of this.#held) this.#ready.add(name);
      this.#held.clear();
    }
    if (connected === true) group.unreachable = 0;
    else if (connected === false) group.unreachable++;
    if (waitingIn(group) > 0) this.#ready.add(item.group);
    else if (group.running === 0 && group.unreachable === 0) this.#groups.delete(item.group);
  }

  /** Forgets what waits and is not wanted any more. */
  drop(unwanted: (item: Item) => boolean): void {
    for (const [name, group] of this.#groups) {
      for (const lane of [group.urgent, group.sound, group.failing]) {
        const kept = lane.filter((item) => !unwanted(item));
        this.#waiting -= lane.length - kept.length;
        lane.splice(0, lane.length, ...kept);
      }
      if (waitingIn(group) + group.running === 0) this.#groups.delete(name);
    }
  }

  #take(name: string, group: Group<Item>): Item | undefined {
    const there = group.unreachable < UNREACHABLE_AFTER;
    const places = this.#limits.concurrencyPerRecorder;
    const most = there ? places : Math.max(places, UNREACHABLE_CONCURRENCY);
    if (group.running >= most) return undefined;
    const sound = group.urgent.shift() ?? group.sound.shift();
    if (sound !== undefined || group.failing.length === 0) return sound;
    if (this.#failingRunning >= half(this.#limits.concurrency)) {
      this.#held.add(name);
      return undefined;
    }
    return group.failingRunning < half(most) ? group.failing.shift() : undefined;
  }

  #group(name: string): Group<Item> {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { urgent: [], sound: [], failing: [], running: 0, failingRunning: 0, unreachable: 0 };
      this.#groups.set(name, group);
    }
    return group;
  }
}

function waitingIn<Item>({ urgent, sound, failing }: Group<Item>): number {
  return urgent.length + sound.length + failing.length;
}

function half(places: number): number {
  return Math.max(1, places >> 1);
}
