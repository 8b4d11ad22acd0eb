import type { Collector } from '@vedette/agent';
import { CAMERA_STATES, type CameraStatus } from '@vedette/wire/http';
import { OWN_SOURCE } from '../evidence/index.ts';
import { LINK_FAMILY, STREAM_FAMILY } from '../topology/index.ts';
import type { Fleet } from './fleet.ts';
import type { FleetEntry } from './fleet-entry.ts';
import { StateCounts, quoted } from './state-counts.ts';
import { STREAM_KINDS } from './trouble-kinds.ts';

/** Recorders, and switches, that have series of their own; of more the first in the inventory. */
const PARENTS_MAX = 2_000;

interface Lines {
  readonly camera: FleetEntry['watched']['camera'];
  readonly status: CameraStatus;
  readonly isUpTold: boolean;
  readonly isExplained: boolean;
  readonly state: string;
  readonly trouble: string;
  readonly up: string;
}

/**
 * What is known about the fleet as series, so that rules, objectives and dashboards use it like any metric. A camera's lines are made when
 * its status changes, not for every scrape.
 */
export class SeriesPage implements Collector {
  readonly name = 'fleet';
  readonly #fleet: Fleet;
  readonly #lines = new Map<string, Lines>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  async collect(): Promise<string> {
    return this.page();
  }

  page(): string {
    const state: string[] = [];
    const trouble: string[] = [];
    const up: string[] = [];
    const sites = new StateCounts();
    const recorders = new StateCounts(PARENTS_MAX);
    const switches = new StateCounts(PARENTS_MAX);
    let active = 0;
    for (const entry of this.#fleet.entries()) {
      const lines = this.#linesOf(entry);
      state.push(lines.state);
      if (lines.trouble !== '') trouble.push(lines.trouble);
      if (lines.up !== '') up.push(lines.up);
      const { status, watched } = entry;
      if (isActive(status)) active++;
      const { site = '', recorder = '', switch: port = '' } = watched.camera;
      sites.add(status.state, site);
      if (recorder !== '') recorders.add(status.state, recorder, site);
      if (port !== '') switches.add(status.state, port, site);
    }
    if (this.#lines.size > this.#fleet.size) this.#forgetRemoved();
    const causes = this.#fleet.causes.all.map(({ kind, card }) => ({
      labels: `level="${card.level}",name=${quoted(card.name)},site=${quoted(card.site ?? '')},kind="${kind}"`,
      card,
    }));
    return [
      family('camera_state', '1 for the state that the camera is in, 0 for the others.', state),
      family('camera_trouble', '1 while the camera has this trouble.', trouble),
      family('camera_up', '1 while the camera delivers pictures, else 0; of cameras of which nobody else says it.', up),
      family('fleet_cameras', 'Cameras of the inventory by site and state.', sites.lines('fleet_cameras', ['site'])),
      family(
        'fleet_recorder_cameras',
        'Cameras of the inventory by recorder and state.',
        recorders.lines('fleet_recorder_cameras', ['recorder', 'site']),
      ),
      family(
        'fleet_switch_cameras',
        'Cameras of the inventory by switch and state.',
        switches.lines('fleet_switch_cameras', ['switch', 'site']),
      ),
      family('cameras_active', 'Cameras that deliver pictures.', [`cameras_active ${active}\n`]),
      family(
        'fleet_cause_cameras',
        'Cameras that have one cause in common.',
        causes.map(({ labels, card }) => `fleet_cause_cameras{${labels}} ${card.affected}\n`),
      ),
      family(
        'fleet_cause_cameras_total_ratio',
        "Of a common cause, the part of the parent's cameras that it affects.",
        causes.map(({ labels, card }) => `fleet_cause_cameras_total_ratio{${labels}} ${card.affected / card.total}\n`),
      ),
    ].join('');
  }

  #linesOf(entry: FleetEntry): Lines {
    const { camera, evidence } = entry.watched;
    const known = this.#lines.get(entry.id);
    const { isUpTold } = evidence;
    const isExplained = isStreamExplained(entry);
    const isSame =
      known?.status === entry.status &&
      known.camera === camera &&
      known.isUpTold === isUpTold &&
      known.isExplained === isExplained;
    if (known && isSame) return known;
    const { id, site = '', recorder = '', class: cameraClass = '' } = camera;
    const labels = `camera_id=${quoted(id)},site=${quoted(site)},recorder=${quoted(recorder)},switch=${quoted(camera.switch ?? '')},class=${quoted(cameraClass)}`;
    const { status } = entry;
    const lines: Lines = {
      camera,
      status,
      isUpTold,
      isExplained,
      state: CAMERA_STATES.map(
        (state) => `camera_state{${labels},state="${state}"} ${state === status.state ? 1 : 0}\n`,
      ).join(''),
      trouble: kindsOf(status, isExplained)
        .map((kind) => `camera_trouble{${labels},kind="${kind}"} 1\n`)
        .join(''),
      up:
        isUpTold || !isJudged(status)
          ? ''
          : `camera_up{camera_id=${quoted(id)},source="${OWN_SOURCE}"} ${isActive(status) ? 1 : 0}\n`,
    };
    this.#lines.set(entry.id, lines);
    return lines;
  }

  #forgetRemoved(): void {
    for (const id of this.#lines.keys()) if (!this.#fleet.entry(id)) this.#lines.delete(id);
  }
}

/** What a common cause explains is not told once more: a rule for single cameras stays quiet for them. */
function kindsOf({ troubles }: CameraStatus, isExplained: boolean): readonly string[] {
  const kinds = [...new Set(troubles.map(({ kind }) => kind))];
  return isExplained ? kinds.filter((kind) => !STREAM_KINDS.has(kind)) : kinds;
}

function isStreamExplained({ cause }: FleetEntry): boolean {
  return cause?.family === STREAM_FAMILY || cause?.family === LINK_FAMILY;
}

function isActive({ state }: CameraStatus): boolean {
  return state === 'ok' || state === 'degraded' || state === 'frozen' || state === 'dark';
}

function isJudged({ state }: CameraStatus): boolean {
  return state !== 'unknown' && state !== 'maintenance';
}

function family(name: string, help: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}
