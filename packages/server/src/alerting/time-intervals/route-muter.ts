import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { RouteNode } from '../config/model.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { Muter } from '../pipeline/stage.ts';
import type { TimeIntervals } from './time-intervals.ts';

/** What the hour does to the alerts of one route: the same for all of them. */
export class RouteMuter implements Muter {
  readonly #intervals: TimeIntervals;
  readonly #route: Pick<RouteNode, 'muteTimeIntervals' | 'activeTimeIntervals'>;
  /** The answer for the newest moment asked: one flush asks it for every alert. */
  #at: UnixMs | undefined;
  #answer: MuteReason | undefined;

  constructor(intervals: TimeIntervals, route: Pick<RouteNode, 'muteTimeIntervals' | 'activeTimeIntervals'>) {
    this.#intervals = intervals;
    this.#route = route;
  }

  mutedBy(_labels: Labels, at: UnixMs): MuteReason | undefined {
    if (at !== this.#at) {
      this.#answer = this.#intervals.mutedBy(this.#route, at);
      this.#at = at;
    }
    return this.#answer;
  }
}
