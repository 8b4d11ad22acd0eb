import type { UnixMs } from '../../base/clock.ts';
import type { NamedTimeInterval, RouteNode, TimeInterval } from '../config/model.ts';
import type { MuteReason } from '../mute-reason.ts';
import { containsTime } from './contains-time.ts';

/** The named time intervals of a configuration. */
export class TimeIntervals {
  readonly #byName: ReadonlyMap<string, readonly TimeInterval[]>;

  constructor(named: readonly NamedTimeInterval[]) {
    this.#byName = new Map(named.map(({ name, intervals }) => [name, intervals]));
  }

  /** True while any interval of that name holds; false for a name that does not exist. */
  holds(name: string, at: UnixMs): boolean {
    return this.#byName.get(name)?.some((interval) => containsTime(interval, at)) ?? false;
  }

  /** Why a route tells nobody at this moment; undefined when it may. */
  mutedBy(
    { muteTimeIntervals, activeTimeIntervals }: Pick<RouteNode, 'muteTimeIntervals' | 'activeTimeIntervals'>,
    at: UnixMs,
  ): MuteReason | undefined {
    const muting = muteTimeIntervals.filter((name) => this.holds(name, at));
    if (muting.length > 0)
      return { by: 'mute-time-interval', ids: muting, text: `the route is muted during ${named(muting)}` };
    if (activeTimeIntervals.length === 0 || activeTimeIntervals.some((name) => this.holds(name, at))) return undefined;
    return {
      by: 'active-time-interval',
      ids: activeTimeIntervals,
      text: `the route is active only during ${named(activeTimeIntervals)}`,
    };
  }
}

function named(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
