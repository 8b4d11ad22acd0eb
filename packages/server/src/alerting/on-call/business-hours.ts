import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import { parseMatcher } from '../config/parse-matchers.ts';
import type { MuteMemory } from '../history/mute-memory.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { Muter, Stage } from '../pipeline/stage.ts';
import type { BusinessHoursConfig } from './business-hours-config.ts';
import { Hours, holidaySet } from './setting-fields.ts';
import { civilTime, formatLocal, instantOf } from './zoned-time.ts';

/** A calendar that is closed for longer than this is taken as closed for good. */
const CLOSED_DAYS_MAX = 366;

/** Working hours of each site in its own time zone. As a muter it says which alerts wait for the morning. */
export class BusinessHours implements Muter {
  readonly #config: BusinessHoursConfig;
  readonly #calendars: ReadonlyMap<
    string,
    { readonly hours: readonly Hours[]; readonly holidays: ReadonlySet<number> }
  >;
  /** What was asked about one minute: thousands of alerts of a site ask the same. As many as calendars times zones. */
  readonly #answers = new Map<string, boolean>();
  readonly #reasons = new Map<string, MuteReason>();
  #answersMinute = NaN;
  readonly #hold: readonly { readonly matchers: readonly Matcher[]; readonly calendar: string }[];

  constructor(config: BusinessHoursConfig) {
    this.#config = config;
    this.#calendars = new Map(
      config.calendars.map(({ name, hours, holidays }) => [
        name,
        { hours: hours.map((written) => new Hours(written)), holidays: holidaySet(holidays) },
      ]),
    );
    this.#hold = config.hold.map(({ matchers, calendar }) => ({
      matchers: matchers.map((text) => parseMatcher(text)),
      calendar,
    }));
  }

  zoneOf(labels: Labels): string {
    const { site_label, time_zones, time_zone } = this.#config;
    const site = labels.get(site_label);
    return (Object.hasOwn(time_zones, site) ? time_zones[site] : undefined) ?? time_zone;
  }

  isOpen(calendar: string, labels: Labels, atMs: number): boolean {
    const minute = Math.floor(atMs / 60_000);
    if (minute !== this.#answersMinute) {
      this.#answers.clear();
      this.#reasons.clear();
      this.#answersMinute = minute;
    }
    const key = `${calendar}\n${this.zoneOf(labels)}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const isOpen = this.#isOpen(calendar, labels, atMs);
    this.#answers.set(key, isOpen);
    return isOpen;
  }

  #isOpen(calendar: string, labels: Labels, atMs: number): boolean {
    const found = this.#calendars.get(calendar);
    if (!found) return true;
    const { dayNumber, minuteOfDay, weekday } = civilTime(atMs, this.zoneOf(labels));
    if (found.holidays.has(dayNumber)) return false;
    return found.hours.some((hours) => hours.covers(weekday, minuteOfDay));
  }

  /** The moment itself when it is open; undefined when it does not open within a year. */
  opensAt(calendar: string, labels: Labels, atMs: number): number | undefined {
    if (this.isOpen(calendar, labels, atMs)) return atMs;
    const zone = this.zoneOf(labels);
    const starts = this.#calendars.get(calendar)?.hours.map(({ fromMinute }) => fromMinute) ?? [];
    const today = civilTime(atMs, zone).dayNumber;
    for (let ahead = 0; ahead <= CLOSED_DAYS_MAX; ahead++) {
      // Midnight counts too: a shift that began on a holiday's evening goes on when the holiday is over.
      const openings = [0, ...starts].map((from) => instantOf(today + ahead, from, zone)).sort((a, b) => a - b);
      const opening = openings.find((ms) => ms > atMs && this.#isOpen(calendar, labels, ms));
      if (opening !== undefined) return opening;
    }
    return undefined;
  }

  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined {
    const held = this.#hold.filter(
      ({ matchers, calendar }) => matchesAll(matchers, labels) && !this.isOpen(calendar, labels, at),
    );
    const [first] = held;
    if (!first) return undefined;
    const calendars = held.map(({ calendar }) => calendar);
    const key = `${calendars.join('\n')}\n\n${this.zoneOf(labels)}`;
    const known = this.#reasons.get(key);
    if (known) return known;
    const until = Math.max(...calendars.map((calendar) => this.opensAt(calendar, labels, at) ?? Infinity));
    const named = calendars.map((name) => `"${name}"`).join(' and ');
    const when = until === Infinity ? 'it does not open within a year' : formatLocal(until, this.zoneOf(labels));
    const text = `outside the hours of ${named}; told from ${when}`;
    const reason: MuteReason = { by: 'business-hours', ids: calendars, text };
    this.#reasons.set(key, reason);
    return reason;
  }
}

/**
 * Holds firing alerts that wait for the morning. Ends pass: of what was told firing the receiver hears the end at any hour, and the end
 * of what nobody was told is no news to the deduplication. The memory tells the history what changed.
 */
export function businessHoursStage(hours: Muter, memory?: MuteMemory): Stage {
  return {
    run: async (batch, at) => {
      const verdicts = batch.alerts.map((alert) => ({
        alert,
        reason: alert.resolved ? undefined : hours.mutedBy(alert.labels, at),
      }));
      memory?.note(batch.groupKey, verdicts, at);
      return { ...batch, alerts: verdicts.filter(({ reason }) => !reason).map(({ alert }) => alert) };
    },
  };
}
