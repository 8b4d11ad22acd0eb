import type { OnCallConfig, OnCallLayer, OnCallSchedule } from './config.ts';
import { Hours, holidaySet, parseLocalTime } from './setting-fields.ts';
import { civilTime, instantOf, parseDay, parseMinute } from './zoned-time.ts';

export interface Duty {
  readonly person: string;
  readonly receiver: string;
  /** Name of the layer, or `override`. */
  readonly because: string;
}

/** How far ahead `dutyUntil` looks, and how finely. */
export const LOOK_AHEAD_MS = 14 * 86_400_000;
const LOOK_STEP_MS = 30 * 60_000;
const LOOK_PRECISION_MS = 60_000;

/** Who is on duty when. Pure: told the time, it always says the same. */
export class OnCall {
  readonly #schedules: ReadonlyMap<string, Schedule>;
  readonly #receivers: ReadonlyMap<string, string>;

  constructor({ people, schedules }: OnCallConfig) {
    this.#schedules = new Map(schedules.map((schedule) => [schedule.name, ready(schedule)]));
    this.#receivers = new Map(people.map(({ name, receiver }) => [name, receiver]));
  }

  get names(): readonly string[] {
    return [...this.#schedules.keys()];
  }

  /** Undefined when nobody is on duty, or there is no such schedule. */
  duty(name: string, atMs: number): Duty | undefined {
    const schedule = this.#schedules.get(name);
    if (!schedule) return undefined;
    const person = overriding(schedule, atMs) ?? onLayers(schedule, atMs);
    const receiver = person && this.#receivers.get(person.person);
    return person && receiver !== undefined ? { ...person, receiver } : undefined;
  }

  /** When somebody else, or nobody, takes over; undefined when that is farther ahead than LOOK_AHEAD_MS. */
  dutyUntil(name: string, atMs: number): number | undefined {
    const now = this.duty(name, atMs)?.person;
    for (let low = atMs; low < atMs + LOOK_AHEAD_MS; low += LOOK_STEP_MS) {
      let high = low + LOOK_STEP_MS;
      if (this.duty(name, high)?.person === now) continue;
      let same = low;
      while (high - same > LOOK_PRECISION_MS) {
        const middle = Math.floor((same + high) / 2);
        if (this.duty(name, middle)?.person === now) same = middle;
        else high = middle;
      }
      return Math.floor(high / LOOK_PRECISION_MS) * LOOK_PRECISION_MS;
    }
    return undefined;
  }
}

type Person = Omit<Duty, 'receiver'>;

/** A schedule with its texts read. */
interface Schedule {
  readonly zone: string;
  readonly holidays: ReadonlySet<number>;
  /** The one that goes first comes first. */
  readonly layers: readonly Layer[];
  readonly overrides: readonly { readonly person: string; readonly fromMs: number; readonly toMs: number }[];
}

interface Layer {
  readonly name: string;
  readonly people: readonly string[];
  readonly shiftDays: number;
  readonly startDay: number;
  readonly handoffMinute: number;
  readonly hours: readonly Hours[] | undefined;
  readonly onHolidays: OnCallLayer['on_holidays'];
}

function ready({ time_zone: zone, holidays, layers, overrides }: OnCallSchedule): Schedule {
  const instant = (text: string): number => {
    const local = parseLocalTime(text);
    return local ? instantOf(local.dayNumber, local.minuteOfDay, zone) : NaN;
  };
  return {
    zone,
    holidays: holidaySet(holidays),
    layers: layers
      .map((layer) => ({
        name: layer.name,
        people: layer.people,
        shiftDays: layer.rotation === 'weekly' ? 7 * layer.every : layer.every,
        startDay: parseDay(layer.start) ?? NaN,
        handoffMinute: parseMinute(layer.handoff) ?? 0,
        hours: layer.hours?.map((written) => new Hours(written)),
        onHolidays: layer.on_holidays,
      }))
      .reverse(),
    overrides: overrides
      .map(({ person, from, to }) => ({ person, fromMs: instant(from), toMs: instant(to) }))
      .reverse(),
  };
}

function overriding({ overrides }: Schedule, atMs: number): Person | undefined {
  const found = overrides.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
  return found && { person: found.person, because: 'override' };
}

function onLayers({ zone, holidays, layers }: Schedule, atMs: number): Person | undefined {
  const { dayNumber, minuteOfDay, weekday } = civilTime(atMs, zone);
  const excluded = holidays.has(dayNumber) ? 'exclude' : 'only';
  for (const layer of layers) {
    if (layer.onHolidays === excluded) continue;
    if (layer.hours && !layer.hours.some((hours) => hours.covers(weekday, minuteOfDay))) continue;
    const person = turnOf(layer, dayNumber, minuteOfDay);
    if (person !== undefined) return { person, because: layer.name };
  }
  return undefined;
}

/**
 * Counts days of the calendar, not hours: where a clock changes, a shift is an hour longer or shorter and still ends at the time of
 * the handoff.
 */
function turnOf(layer: Layer, dayNumber: number, minuteOfDay: number): string | undefined {
  const days = dayNumber - layer.startDay - (minuteOfDay < layer.handoffMinute ? 1 : 0);
  if (days < 0) return undefined;
  return layer.people[Math.floor(days / layer.shiftDays) % layer.people.length];
}
