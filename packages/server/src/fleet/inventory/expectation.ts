import type { Camera, MaintenanceWindow } from '@vedette/wire/http';
import type { TimeInterval } from '../../alerting/config/model.ts';
import { timeIntervalSchema } from '../../alerting/config/time-interval-section.ts';
import { containsTime } from '../../alerting/time-intervals/contains-time.ts';
import { unixMs } from '../../base/clock.ts';

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly window: MaintenanceWindow;
}

/** Schedules are shared by many cameras, and windows asked for each second: both are read once. */
const schedules = new WeakMap<readonly unknown[], readonly TimeInterval[]>();
const windows = new WeakMap<readonly MaintenanceWindow[], readonly Window[]>();

/** Whether the camera is expected to run, and the maintenance window that covers the moment: of several the one that ends last. */
export function expectationOf(
  camera: Camera,
  atMs: number,
): { readonly scheduled: boolean; readonly maintenance?: MaintenanceWindow } {
  const scheduled = camera.schedule === undefined || isScheduled(camera.schedule, atMs);
  const maintenance = camera.maintenance && coveredBy(camera.maintenance, atMs);
  return maintenance === undefined ? { scheduled } : { scheduled, maintenance };
}

function isScheduled(schedule: readonly unknown[], atMs: number): boolean {
  let intervals = schedules.get(schedule);
  if (intervals === undefined) {
    intervals = schedule.flatMap((one) => {
      const read = timeIntervalSchema.safeParse(one);
      return read.success ? [read.data] : [];
    });
    schedules.set(schedule, intervals);
  }
  return intervals.some((interval) => containsTime(interval, unixMs(atMs)));
}

function coveredBy(all: readonly MaintenanceWindow[], atMs: number): MaintenanceWindow | undefined {
  let read = windows.get(all);
  if (read === undefined) {
    read = all.map((window) => ({ fromMs: Date.parse(window.from), toMs: Date.parse(window.to), window }));
    windows.set(all, read);
  }
  let found: Window | undefined;
  for (const one of read)
    if (one.fromMs <= atMs && atMs < one.toMs && (found === undefined || one.toMs > found.toMs)) found = one;
  return found?.window;
}
