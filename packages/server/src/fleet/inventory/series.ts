import type { Collector } from '@vedette/agent';
import type { Camera } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import type { Inventory } from '../ports.ts';

const INFO_LABELS = ['name', 'site', 'recorder', 'switch', 'port', 'class', 'model', 'owner'] as const;

/**
 * What the inventory says, as a page of metrics: `camera_info`, the expectations, and whether each camera is in maintenance and expected
 * to run now.
 */
export function inventoryCollector(inventory: Inventory, clock: Clock): Collector {
  let lines = '';
  let version = -1;
  return {
    name: 'inventory',
    collect: async () => {
      const cameras = inventory.cameras();
      if (version !== inventory.version) {
        lines = constantLines(cameras);
        version = inventory.version;
      }
      return lines + momentLines(inventory, cameras, clock.now());
    },
  };
}

function constantLines(cameras: readonly Camera[]): string {
  const info = cameras.map((camera) => `camera_info{${infoLabels(camera)}} 1`);
  const expected = cameras.flatMap((camera) => {
    const rate = camera.expected?.frames_per_second;
    return rate === undefined ? [] : [`camera_expected_fps{camera_id="${escaped(camera.id)}"} ${rate}`];
  });
  return [
    '# HELP camera_info What the inventory says of a camera.',
    '# TYPE camera_info gauge',
    ...info,
    '# HELP camera_expected_fps Frames a second that the inventory expects.',
    '# TYPE camera_expected_fps gauge',
    ...expected,
    '',
  ].join('\n');
}

function infoLabels(camera: Camera): string {
  let text = `camera_id="${escaped(camera.id)}"`;
  for (const label of INFO_LABELS) if (camera[label] !== undefined) text += `,${label}="${escaped(camera[label])}"`;
  text += `,source="${camera.source}"`;
  for (const [label, value] of Object.entries(camera.labels ?? {})) text += `,${label}="${escaped(value)}"`;
  return text;
}

function momentLines(inventory: Inventory, cameras: readonly Camera[], atMs: number): string {
  const maintenance: string[] = [];
  const scheduled: string[] = [];
  for (const camera of cameras) {
    const now = inventory.expectation(camera, atMs);
    const id = escaped(camera.id);
    maintenance.push(`camera_maintenance{camera_id="${id}"} ${now.maintenance === undefined ? 0 : 1}`);
    scheduled.push(`camera_scheduled{camera_id="${id}"} ${now.scheduled ? 1 : 0}`);
  }
  return [
    '# HELP camera_maintenance 1 during a maintenance window of the camera.',
    '# TYPE camera_maintenance gauge',
    ...maintenance,
    '# HELP camera_scheduled 1 while the camera is expected to run by its schedule.',
    '# TYPE camera_scheduled gauge',
    ...scheduled,
    '',
  ].join('\n');
}

/** Prometheus text format 0.0.4: backslash, quote and line break. */
function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;
}
