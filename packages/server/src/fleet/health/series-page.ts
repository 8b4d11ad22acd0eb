import type { Collector } from '@vedette/agent';
import { CAMERA_STATES, type CameraStatus } from '@vedette/wire/http';
import { OWN_SOURCE } from '../evidence/index.ts';
import { CAUSE_KIND, STREAM_FAMILY, LINK_FAMILY } from '../topology/index.ts';
import type { Fleet } from './fleet.ts';
import type { FleetEntry } from './fleet-entry.ts';
import { STREAM_KINDS } from './trouble-kinds.ts';

interface Lines {
  readonly camera: FleetEntry['watched']['camera'];
  readonly status: CameraStatus;
  readonly isUpTold: boolean;
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
    const sites = new Map<string, Map<string, number>>();
    let active = 0;
    for (const entry of this.#fleet.entries()) {
      const lines = this.#linesOf(entry);
      state.push(lines.state);
      if (lines.trouble !== '') trouble.push(lines.trouble);
      if (lines.up !== '') up.push(lines.up);
      const { status, watched } = entry;
      if (isActive(status)) active++;
      const site = watched.camera.site ?? '';
      let counts = sites.get(site);
      if (!counts) {
        counts = new Map(CAMERA_STATES.map((one) => [one, 0]));
        sites.set(site, counts);
      }
      counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
    }
    if (this.#lines.size > this.#fleet.size) this.#forgetRemoved();
    const fleet = [...sites].flatMap(([site, counts]) =>
      [...counts].map(([name, count]) => `fleet_cameras{site=${quoted(site)},state="${name}"} ${count}\n`),
    );
    const causes = this.#fleet.causes.all.map(({ family, card }) => ({
      labels: `level="${card.level}",name=${quoted(card.name)},site=${quoted(card.site ?? '')},kind="${causeKind(family, card.level)}"`,
      card,
    }));
    return [
      family('camera_state', '1 for the state that the camera is in, 0 for the others.', state),
      family('camera_trouble', '1 while the camera has this trouble.', trouble),
      family('camera_up', '1 while the camera delivers pictures, else 0; of cameras of which nobody else says it.', up),
      family('fleet_cameras', 'Cameras of the inventory by site and state.', fleet),
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
    if (known && known.status === entry.status && known.camera === camera && known.isUpTold === isUpTold) return known;
    const { id, site = '', recorder = '', class: cameraClass = '' } = camera;
    const labels = `camera_id=${quoted(id)},site=${quoted(site)},recorder=${quoted(recorder)},switch=${quoted(camera.switch ?? '')},class=${quoted(cameraClass)}`;
    const { status } = entry;
    const lines: Lines = {
      camera,
      status,
      isUpTold,
      state: CAMERA_STATES.map(
        (state) => `camera_state{${labels},state="${state}"} ${state === status.state ? 1 : 0}\n`,
      ).join(''),
      trouble: kindsOf(status)
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
function kindsOf({ troubles }: CameraStatus): readonly string[] {
  const kinds = [...new Set(troubles.map(({ kind }) => kind))];
  const isExplained = kinds[0] !== undefined && CAUSES.has(kinds[0]);
  return isExplained ? kinds.filter((kind) => !STREAM_KINDS.has(kind)) : kinds;
}

const CAUSES: ReadonlySet<string> = new Set(Object.values(CAUSE_KIND));

function causeKind(of: string, level: keyof typeof CAUSE_KIND): string {
  return of === STREAM_FAMILY || of === LINK_FAMILY ? CAUSE_KIND[level] : of;
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

/** A label value of the text format 0.0.4. */
function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
}
