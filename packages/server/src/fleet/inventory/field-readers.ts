import type { CredentialsReference, MaintenanceWindow } from '@vedette/wire/http';
import { resolve } from 'node:path';
import { timeIntervalSchema } from '../../alerting/index.ts';
import { nearest } from '../../base/yaml-source.ts';
import {
  ID_LENGTH_MAX,
  LABELS_MAX,
  LABEL_NAME_LENGTH_MAX,
  MAINTENANCE_WINDOWS_MAX,
  SCHEDULE_INTERVALS_MAX,
  TEXT_LENGTH_MAX,
} from './limits.ts';
import { STREAM_ROLES, type StreamRole, readAddress } from './read-address.ts';
import { scheduleOfText } from './schedule-text.ts';

/** Tells a fault of one field; the field is left out then. No value that may be a secret goes into the words. */
export type Report = (message: string, remedy: string) => void;

export interface ReadContext {
  readonly classes: ReadonlySet<string>;
  /** Named schedules of the file. */
  readonly schedules: ReadonlyMap<string, readonly unknown[]>;
  /** Relative password files start here; undefined: over the API, where only some references are allowed. */
  readonly folder: string | undefined;
  /** Over the API: environment variables begin like this … */
  readonly environmentPrefix: string;
  /** … and password files lie in this folder; undefined: none are allowed. */
  readonly credentialsFolder: string | undefined;
}

type Reader = (raw: unknown, report: Report, context: ReadContext) => unknown;

export const CLASSES = ['evidence', 'traffic', 'indoor'] as const;

/** A value of one field as the inventory keeps it; undefined when it is not there or faulty (then it was reported). */
export function readField(path: string, raw: unknown, report: Report, context: ReadContext): unknown {
  const reader = path.startsWith('labels.') ? labelReader(path.slice(7)) : READERS[path];
  return reader?.(raw, report, context);
}

export function isField(path: string): boolean {
  return path in READERS || path.startsWith('labels.');
}

/** Text, number or nothing: what stands in a cell. */
export function scalarText(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw.trim();
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
}

/** What cells and YAML mean by "not there". */
export function isAbsent(raw: unknown): boolean {
  return raw === undefined || raw === null || (typeof raw === 'string' && ABSENT.has(raw.trim()));
}
const ABSENT: ReadonlySet<string> = new Set(['', '~', 'null', 'NULL', 'n/a', 'N/A', '-', '—']);

function text(raw: unknown, report: Report): string | undefined {
  const value = scalarText(raw);
  if (value === undefined) report('must be a text', 'write one value');
  else if (value.length > TEXT_LENGTH_MAX) report(`a text of more than ${TEXT_LENGTH_MAX} characters`, 'shorten it');
  // oxlint-disable-next-line no-control-regex
  else if (/[\u0000-\u001f\u007f]/.test(value)) report('contains control characters or line breaks', 'take them out');
  else return value;
  return undefined;
}

/** Why a text is no id; undefined when it is one. */
export function idFault(id: string): string | undefined {
  if (id.length > ID_LENGTH_MAX) return `an id of more than ${ID_LENGTH_MAX} characters`;
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f"\\]/.test(id)) return 'an id must not contain quotes, backslashes or control characters';
  if (/^\.{1,2}$/.test(id)) return 'an id must not be a dot';
  return undefined;
}

function cameraClass(raw: unknown, report: Report, { classes }: ReadContext): string | undefined {
  const written = text(raw, report);
  if (written === undefined) return undefined;
  const value = classes.has(written) ? written : written.toLowerCase();
  if (classes.has(value)) return value;
  const near = nearest(value, [...classes]);
  const hint = near === undefined ? `known are ${[...classes].join(', ')}` : `did you mean "${near}"?`;
  report(`unknown class "${shown(written)}"`, `${hint}; classes of your own are named in fleet.inventory.classes`);
  return undefined;
}

function number(least: number, most: number, example: string): Reader {
  return (raw, report) => {
    const written = typeof raw === 'number' ? raw : decimal(scalarText(raw) ?? '');
    if (written !== undefined && written >= least && written <= most) return written;
    report(`not a number from ${least} to ${most}: "${shown(scalarText(raw) ?? '…')}"`, `write it as ${example}`);
    return undefined;
  };
}

function whole(least: number, most: number, example: string): Reader {
  const any = number(least, most, example);
  return (raw, report, context) => {
    const value = any(raw, report, context);
    if (typeof value !== 'number' || Number.isInteger(value)) return value;
    report('not a whole number', `write it as ${example}`);
    return undefined;
  };
}

/** `52.5`, `52,5`, `25 fps`; a unit behind it is passed over. */
function decimal(written: string): number | undefined {
  const match = /^([+-]?\d{1,15}(?:[.,]\d{1,15})?)\s{0,3}(?:fps|px|s|sec|°|hz)?$/i.exec(written);
  return match?.[1] === undefined ? undefined : Number(match[1].replace(',', '.'));
}

const CODECS: Readonly<Record<string, string>> = {
  h264: 'h264',
  avc: 'h264',
  avc1: 'h264',
  h265: 'h265',
  hevc: 'h265',
  hev1: 'h265',
  mjpeg: 'mjpeg',
  mjpg: 'mjpeg',
  jpeg: 'mjpeg',
  mpeg4: 'mpeg4',
  mp4v: 'mpeg4',
  av1: 'av1',
  vp8: 'vp8',
  vp9: 'vp9',
};

function codec(raw: unknown, report: Report): string | undefined {
  const written = text(raw, report);
  if (written === undefined) return undefined;
  const known = CODECS[written.toLowerCase().replace(/[^a-z0-9]/g, '')];
  if (known === undefined) report(`unknown codec "${shown(written)}"`, 'write h264, h265, mjpeg, mpeg4 or av1');
  return known;
}

function stream(role: StreamRole): Reader {
  return (raw, report) => {
    const whole = isMapping(raw) ? raw : { url: raw };
    const url = scalarText(whole['url'] ?? whole['address']);
    if (url === undefined) {
      report('an address is missing', 'write the address itself, or {url: …, transport: tcp}');
      return undefined;
    }
    const read = readAddress(url, role);
    if (!read.ok) {
      report(read.message, read.remedy);
      return undefined;
    }
    const unknown = Object.keys(whole).find((key) => !STREAM_KEYS.has(key));
    if (unknown !== undefined)
      report(`unknown key "${shown(unknown)}"`, 'known keys here: url, transport, insecure_tls');
    const transport = scalarText(whole['transport'])?.toLowerCase();
    if (transport !== undefined && transport !== '' && transport !== 'tcp' && transport !== 'udp')
      report(`unknown transport "${shown(transport)}"`, 'write tcp or udp');
    const insecure = isAbsent(whole['insecure_tls']) ? undefined : truth(whole['insecure_tls'], report);
    return {
      url: read.url,
      ...(transport === 'tcp' || transport === 'udp' ? { transport } : {}),
      ...(insecure === undefined ? {} : { insecure_tls: insecure }),
    };
  };
}
const STREAM_KEYS: ReadonlySet<string> = new Set(['url', 'address', 'transport', 'insecure_tls']);

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  '1': true,
  ja: true,
  x: true,
  false: false,
  no: false,
  off: false,
  n: false,
  '0': false,
  nein: false,
};

function truth(raw: unknown, report: Report): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  const value = TRUTHS[(scalarText(raw) ?? '').toLowerCase()];
  if (value === undefined) report('must be true or false', 'write true or false');
  return value;
}

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

function credentials(raw: unknown, report: Report, context: ReadContext): CredentialsReference | undefined {
  const written = isMapping(raw) ? raw : shortReference(scalarText(raw));
  if (written === undefined) {
    report('not a reference to credentials', CREDENTIALS_REMEDY);
    return undefined;
  }
  for (const key of Object.keys(written)) {
    if (CREDENTIALS_KEYS.has(key)) continue;
    report(
      /pass|secret|token/i.test(key) ? 'a password must not stand in the inventory' : `unknown key "${shown(key)}"`,
      CREDENTIALS_REMEDY,
    );
    return undefined;
  }
  const username = isAbsent(written['username']) ? undefined : text(written['username'], report);
  const environment = isAbsent(written['password_env']) ? undefined : scalarText(written['password_env']);
  const file = isAbsent(written['password_file']) ? undefined : scalarText(written['password_file']);
  if ((environment === undefined) === (file === undefined)) {
    report('credentials need one of password_env and password_file', CREDENTIALS_REMEDY);
    return undefined;
  }
  const user = username === undefined ? {} : { username };
  if (environment !== undefined) {
    if (!ENVIRONMENT_NAME.test(environment)) {
      report(
        'password_env is not the name of an environment variable',
        'write its name, such as CAMERA_PASSWORD, not the password',
      );
      return undefined;
    }
    if (context.folder === undefined && !environment.startsWith(context.environmentPrefix)) {
      report(
        `over the API only environment variables that begin with ${context.environmentPrefix} may be named`,
        'rename it, set fleet.inventory.credentials_env_prefix, or write the camera in a file',
      );
      return undefined;
    }
    return { ...user, password_env: environment };
  }
  return passwordFile(file ?? '', user, report, context);
}

function passwordFile(
  file: string,
  user: { readonly username?: string },
  report: Report,
  { folder, credentialsFolder }: ReadContext,
): CredentialsReference | undefined {
  // oxlint-disable-next-line no-control-regex
  if (file.length > TEXT_LENGTH_MAX || /[\u0000-\u001f]/.test(file)) {
    report('password_file is not a path', 'write the path of a file that holds the password');
    return undefined;
  }
  if (folder !== undefined) return { ...user, password_file: resolve(folder, file) };
  if (credentialsFolder !== undefined && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(file))
    return { ...user, password_file: resolve(credentialsFolder, file) };
  // What was answered before may be sent again.
  if (credentialsFolder !== undefined && resolve(credentialsFolder, file.slice(credentialsFolder.length + 1)) === file)
    return { ...user, password_file: file };
  report(
    'over the API only files of fleet.inventory.credentials_folder may be named, by their name',
    credentialsFolder === undefined
      ? 'set that folder, or write the camera in a file'
      : 'write the file’s name without a folder',
  );
  return undefined;
}

const CREDENTIALS_KEYS: ReadonlySet<string> = new Set(['username', 'password_env', 'password_file']);
const CREDENTIALS_REMEDY =
  'write {username: …, password_env: CAMERA_PASSWORD} or {username: …, password_file: /path}; never the password itself';

/** `env:CAMERA_PASSWORD`, `file:/run/secrets/cameras` */
function shortReference(written: string | undefined): Readonly<Record<string, string>> | undefined {
  if (written?.startsWith('env:')) return { password_env: written.slice(4) };
  if (written?.startsWith('file:')) return { password_file: written.slice(5) };
  return undefined;
}

function coordinates(
  raw: unknown,
  report: Report,
): { readonly latitude: number; readonly longitude: number } | undefined {
  const [first, second] = pairOf(raw, ['latitude', 'lat'], ['longitude', 'lon', 'lng', 'long']);
  const latitude = degrees(first);
  const longitude = degrees(second);
  const remedy = 'write them in degrees as 52.5163, 13.3777 (latitude, longitude)';
  if (latitude === undefined || longitude === undefined) report('not a pair of coordinates', remedy);
  else if (Math.abs(latitude) > 90 && Math.abs(longitude) <= 90 && Math.abs(latitude) <= 180)
    report(`latitude ${latitude} is beyond a pole`, 'latitude and longitude may be swapped; latitude comes first');
  else if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) report('coordinates that are not on Earth', remedy);
  else if (latitude === 0 && longitude === 0)
    report('coordinates 0, 0 lie in the Atlantic', 'leave them empty where they are not known');
  else return { latitude, longitude };
  return undefined;
}

function plan(raw: unknown, report: Report): { readonly x: number; readonly y: number } | undefined {
  const [first, second] = pairOf(raw, ['x'], ['y']);
  const x = degrees(first);
  const y = degrees(second);
  if (x !== undefined && y !== undefined && x >= 0 && x <= 1 && y >= 0 && y <= 1) return { x, y };
  report('not a place on a plan', 'write x and y from 0 to 1, from the left upper corner');
  return undefined;
}

function pairOf(raw: unknown, firsts: readonly string[], seconds: readonly string[]): readonly [unknown, unknown] {
  if (Array.isArray(raw)) return raw.length === 2 ? [raw[0], raw[1]] : [undefined, undefined];
  if (isMapping(raw)) return [pick(raw, firsts), pick(raw, seconds)];
  const written = scalarText(raw) ?? '';
  // A comma may stand between the two or inside each.
  const parts = /[;\s]/.test(written)
    ? written.split(/\s*[;\s]\s*/).map((part) => part.replace(/,$/, ''))
    : written.split(',');
  return parts.length === 2 ? [parts[0], parts[1]] : [undefined, undefined];
}

function pick(mapping: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const name = names.find((one) => mapping[one] !== undefined);
  return name === undefined ? undefined : mapping[name];
}

function degrees(raw: unknown): number | undefined {
  const value = typeof raw === 'number' ? raw : decimal(scalarText(raw) ?? '');
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

function schedule(raw: unknown, report: Report, { schedules }: ReadContext): readonly unknown[] | undefined {
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

function maintenance(raw: unknown, report: Report): readonly MaintenanceWindow[] | undefined {
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

/** Labels that `camera_info` has already. */
const RESERVED_LABELS: ReadonlySet<string> = new Set([
  'camera_id',
  'name',
  'site',
  'recorder',
  'switch',
  'port',
  'class',
  'model',
  'owner',
  'source',
  'job',
  'instance',
  'le',
  'quantile',
]);

function labelReader(name: string): Reader {
  return (raw, report) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith('__') || name.length > LABEL_NAME_LENGTH_MAX) {
      report(
        `"${shown(name)}" is not a name of a label`,
        'use letters, digits and underscores, not beginning with a digit',
      );
      return undefined;
    }
    if (RESERVED_LABELS.has(name)) {
      report(`"${name}" is a label of every camera already`, `write it as a field, or call the label camera_${name}`);
      return undefined;
    }
    if (/pass(?:word|wd)|^pwd$|secret|token/i.test(name)) {
      report(
        'labels are shown to everybody, and this one is named like a secret',
        'leave it out; name the password in credentials',
      );
      return undefined;
    }
    return text(raw, report);
  };
}
export { LABELS_MAX };

const READERS: Readonly<Record<string, Reader>> = {
  name: text,
  site: text,
  recorder: text,
  switch: text,
  port: text,
  class: cameraClass,
  model: text,
  owner: text,
  'expected.frames_per_second': number(0.01, 1_000, '25'),
  'expected.width': whole(16, 65_535, '1920'),
  'expected.height': whole(16, 65_535, '1080'),
  'expected.codec': codec,
  'expected.keyframe_interval_seconds': number(0.01, 3_600, '2'),
  ...Object.fromEntries(STREAM_ROLES.map((role) => [`streams.${role}`, stream(role)])),
  credentials,
  coordinates,
  plan,
  schedule,
  maintenance,
  probe: truth,
};

export const FIELD_NAMES: readonly string[] = Object.keys(READERS);

export function isMapping(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

/** Of a value in a message. */
export function shown(value: string): string {
  const oneLine = value.replace(/\s+/g, ' ');
  return oneLine.length > 40 ? `${oneLine.slice(0, 40)}…` : oneLine;
}
