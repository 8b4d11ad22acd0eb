import type { MaintenanceWindow } from '@vedette/wire/http';
import { timeIntervalSchema } from '../../alerting/config/time-interval-section.ts';
import { MAINTENANCE_WINDOWS_MAX, SCHEDULE_INTERVALS_MAX } from './limits.ts';
import { scheduleOfText } from './schedule-text.ts';
import { type ReadContext, type Report, isAbsent, isMapping, scalarText, shown, text } from './written-value.ts';

export function schedule(raw: unknown, report: Report, { schedules }: ReadContext): readonly unknown[] | undefined {
  const written = scalarText(raw);
  if (written !== undefined && !written.startsWith('[')) {
    const named = schedules.get(written) ?? scheduleOfText(written);
    if (named !== undefined) return named;
    report(
      `neither a schedule of this file nor one in short: "${shown(written)}"`,
      schedules.size > 0
        ? `known are ${[...schedules.keys()].slice(0, 10).join(', ')}; or write mon-fri 08:00-18:00`
        : 'write it as mon-fri 08:00-18:00',
    );
    return undefined;
  }
  const list = isMapping(raw) ? [raw] : written === undefined ? raw : jsonOf(written);
  if (!Array.isArray(list) || list.length === 0 || list.length > SCHEDULE_INTERVALS_MAX) {
    report(
      `a schedule is a list of 1 to ${SCHEDULE_INTERVALS_MAX} time intervals`,
      'write weekdays and times as in Alertmanager’s time_intervals',
    );
    return undefined;
  }
  for (const one of list) {
    const result = timeIntervalSchema.safeParse(one);
    if (result.success) continue;
    const issue = result.error.issues[0];
    report(
      `schedule: ${issue?.path.join('.') ?? ''}: ${shown(issue?.message ?? 'not a time interval')}`,
      'write weekdays and times as in Alertmanager’s time_intervals',
    );
    return undefined;
  }
  return list;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds of an RFC 3339 time; undefined when it is none. */
export function instantOf(written: string): number | undefined {
  if (!INSTANT.test(written)) return undefined;
  const ms = Date.parse(written.replace(' ', 'T'));
  return Number.isFinite(ms) ? ms : undefined;
}

export function maintenance(raw: unknown, report: Report): readonly MaintenanceWindow[] | undefined {
  const list = isMapping(raw) ? [raw] : typeof raw === 'string' ? windowsOfText(raw) : raw;
  if (!Array.isArray(list) || list.length > MAINTENANCE_WINDOWS_MAX) {
    report(`maintenance is a list of at most ${MAINTENANCE_WINDOWS_MAX} windows`, WINDOW_REMEDY);
    return undefined;
  }
  const windows: MaintenanceWindow[] = [];
  for (const one of list) {
    const window = isMapping(one) ? one : {};
    const from = instantOf(scalarText(window['from']) ?? '');
    const to = instantOf(scalarText(window['to']) ?? '');
    if (from === undefined || to === undefined)
      report('a maintenance window without from and to, or without their time zone', WINDOW_REMEDY);
    else if (to <= from) report('a maintenance window that ends before it begins', WINDOW_REMEDY);
    else {
      const reason = isAbsent(window['reason']) ? undefined : text(window['reason'], report);
      windows.push({
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...(reason === undefined ? {} : { reason }),
      });
    }
  }
  return windows.length === 0 ? undefined : windows;
}
const WINDOW_REMEDY = 'write {from: "2026-03-01T22:00:00+01:00", to: "2026-03-02T04:00:00+01:00", reason: …}';

/** `2026-03-01T22:00Z/2026-03-02T04:00Z; …` */
function windowsOfText(written: string): unknown {
  if (written.trim().startsWith('[')) return jsonOf(written);
  return written
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [from = '', to = ''] = part.split('/').map((one) => one.trim());
      return { from, to };
    });
}

/** A list in a cell, as our own export writes it. */
function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
