import { FAULT_KINDS, type FaultKind, type FaultSpec, type FaultTarget } from './fault.ts';

/** Faults of one script; a day of 200 in 1,000 cameras fits many times over. */
export const FAULTS_MAX = 10_000;

/** What is wrong with a script: where, and what would be right. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/**
 * Reads `{faults: [...]}` or a list of faults, as YAML or JSON has it. A fault has `kind`, `at` (after the start), `for`, `every`, one or
 * more of `cameras`, `site`, `switch`, `recorder`, `count`, and what its kind takes. Throws FaultScriptError.
 */
export function readFaultScript(value: unknown): FaultSpec[] {
  const list = isRecord(value) ? value['faults'] : value;
  if (!Array.isArray(list)) throw new FaultScriptError('a fault script is a list under "faults:"');
  if (list.length > FAULTS_MAX) throw new FaultScriptError(`more than ${FAULTS_MAX} faults`);
  return list.map((entry, i) => readFault(entry, `faults[${i}]`));
}

const KEYS = new Set([
  'kind',
  'at',
  'for',
  'every',
  'cameras',
  'site',
  'switch',
  'recorder',
  'count',
  'loss',
  'frames_per_second',
  'offset_seconds',
  'manner',
]);

export function readFault(value: unknown, where: string): FaultSpec {
  if (!isRecord(value)) throw new FaultScriptError(`${where}: not a fault; write {kind: frozen, at: 2m, for: 5m}`);
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw new FaultScriptError(`${where}: unknown key "${unknown}"; known are ${[...KEYS].join(', ')}`);
  }
  const kind = String(value['kind']).replaceAll('-', '_') as FaultKind;
  if (!FAULT_KINDS.includes(kind)) {
    throw new FaultScriptError(`${where}.kind: "${String(value['kind'])}" is none of ${FAULT_KINDS.join(', ')}`);
  }
  const duration = optional(value['for'], (given) => durationMs(given, `${where}.for`));
  const every = optional(value['every'], (given) => durationMs(given, `${where}.every`));
  if (every !== undefined && (duration === undefined || every <= duration)) {
    throw new FaultScriptError(`${where}.every: needs a shorter "for"`);
  }
  const spec: FaultSpec = {
    kind,
    target: readTarget(value, where),
    atMs: optional(value['at'], (given) => durationMs(given, `${where}.at`)) ?? 0,
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(every === undefined ? {} : { everyMs: every }),
    ...number(value, 'loss', 'lossRatio', { where, min: 0, max: 1 }),
    ...number(value, 'frames_per_second', 'framesPerSecond', { where, min: 1, max: 25 }),
    ...number(value, 'offset_seconds', 'offsetSeconds', { where, min: -86_400, max: 86_400 }),
  };
  const manner = value['manner'];
  if (manner === undefined) return spec;
  if (manner !== 'silent' && manner !== 'refused') {
    throw new FaultScriptError(`${where}.manner: silent or refused, not "${String(manner)}"`);
  }
  return { ...spec, manner };
}

function readTarget(value: Readonly<Record<string, unknown>>, where: string): FaultTarget {
  const text = (key: 'site' | 'switch' | 'recorder'): Partial<FaultTarget> => {
    const given = value[key];
    if (given === undefined) return {};
    if (typeof given !== 'string') throw new FaultScriptError(`${where}.${key}: a name, not ${JSON.stringify(given)}`);
    return { [key]: given };
  };
  const cameras = value['cameras'];
  const ids = typeof cameras === 'string' ? [cameras] : cameras;
  if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === 'string'))) {
    throw new FaultScriptError(`${where}.cameras: a list of ids`);
  }
  return {
    ...(ids === undefined ? {} : { cameras: ids as string[] }),
    ...text('site'),
    ...text('switch'),
    ...text('recorder'),
    ...number(value, 'count', 'count', { where, min: 1, max: Number.MAX_SAFE_INTEGER }),
  };
}

function number<Name extends string>(
  value: Readonly<Record<string, unknown>>,
  key: string,
  name: Name,
  { where, min, max }: { readonly where: string; readonly min: number; readonly max: number },
): { readonly [key in Name]?: number } {
  const given = value[key];
  if (given === undefined) return {};
  if (typeof given !== 'number' || !(given >= min && given <= max)) {
    throw new FaultScriptError(`${where}.${key}: a number from ${min} to ${max}, not ${JSON.stringify(given)}`);
  }
  return { [name]: given } as { readonly [key in Name]?: number };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1h30m`, or seconds as a number. */
export function durationMs(value: unknown, where: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value * 1_000;
  const parts = typeof value === 'string' ? [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)] : [];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== value) {
    throw new FaultScriptError(`${where}: a duration such as 90s or 1h30m, not ${JSON.stringify(value)}`);
  }
  return parts.reduce((sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (UNITS[unit] ?? 0), 0);
}

function optional<T>(value: unknown, read: (given: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
