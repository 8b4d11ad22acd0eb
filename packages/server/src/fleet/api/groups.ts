import { CAMERA_STATES, type CameraState, type FleetGroupsAnswer } from '@vedette/wire/http';
import type { FleetEntry } from '../health/fleet-entry.ts';

export const GROUPS_BY = ['site', 'recorder', 'switch', 'model', 'class', 'owner'] as const;
export type GroupsBy = (typeof GROUPS_BY)[number];

/** A group is in the state of its worst cameras from this part on; one camera of a hundred does not make a site dark. */
const STATE_RATIO = 0.3;

/** Totals of each value, worst first: by the part of cameras that are not well, then by name. */
export function groupsOf(entries: Iterable<FleetEntry>, by: GroupsBy): FleetGroupsAnswer {
  const groups = new Map<string, { counts: Partial<Record<CameraState, number>>; total: number }>();
  for (const { watched, status } of entries) {
    const name = watched.camera[by] ?? '';
    let group = groups.get(name);
    if (!group) {
      group = { counts: {}, total: 0 };
      groups.set(name, group);
    }
    group.counts[status.state] = (group.counts[status.state] ?? 0) + 1;
    group.total++;
  }
  const answer = [...groups].map(([name, { counts, total }]) => ({
    name,
    state: stateOf(counts, total),
    counts,
    total,
  }));
  const badness = (group: (typeof answer)[number]): number => 1 - wellOf(group.counts) / group.total;
  return {
    groups: answer.sort((a, b) => badness(b) - badness(a) || (a.name < b.name ? -1 : 1)),
  };
}

function wellOf(counts: Partial<Record<CameraState, number>>): number {
  return (counts.ok ?? 0) + (counts.maintenance ?? 0);
}

/** The worst state that is common in the group; degraded when only some cameras are not well. */
function stateOf(counts: Partial<Record<CameraState, number>>, total: number): CameraState {
  const common = CAMERA_STATES.find((state) => (counts[state] ?? 0) >= STATE_RATIO * total && state !== 'ok');
  if (common !== undefined) return common;
  return wellOf(counts) === total ? 'ok' : 'degraded';
}
