import { nearest } from '../../base/yaml-source.ts';
import { credentials } from './credentials-field.ts';
import { LABEL_NAME_LENGTH_MAX } from './limits.ts';
import { coordinates, plan } from './place-fields.ts';
import { STREAM_ROLES } from './read-address.ts';
import { stream, truth } from './stream-field.ts';
import { maintenance, schedule } from './time-fields.ts';
import { type FieldReader, type ReadContext, type Report, decimal, scalarText, shown, text } from './written-value.ts';

export const CLASSES = ['evidence', 'traffic', 'indoor'] as const;

/** A value of one field as the inventory keeps it; undefined when it is not there or faulty (then it was reported). */
export function readField(path: string, raw: unknown, report: Report, context: ReadContext): unknown {
  const reader = path.startsWith('labels.')
    ? labelReader(path.slice(7))
    : Object.hasOwn(READERS, path)
      ? READERS[path]
      : undefined;
  return reader?.(raw, report, context);
}

export function isField(path: string): boolean {
  return Object.hasOwn(READERS, path) || path.startsWith('labels.');
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

function number(least: number, most: number, example: string): FieldReader {
  return (raw, report) => {
    const written = typeof raw === 'number' ? raw : decimal(scalarText(raw) ?? '');
    if (written !== undefined && written >= least && written <= most) return written;
    report(`not a number from ${least} to ${most}: "${shown(scalarText(raw) ?? '…')}"`, `write it as ${example}`);
    return undefined;
  };
}

function whole(least: number, most: number, example: string): FieldReader {
  const any = number(least, most, example);
  return (raw, report, context) => {
    const value = any(raw, report, context);
    if (typeof value !== 'number' || Number.isInteger(value)) return value;
    report('not a whole number', `write it as ${example}`);
    return undefined;
  };
}

const CODECS: ReadonlyMap<string, string> = new Map(
  Object.entries({
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
  }),
);

function codec(raw: unknown, report: Report): string | undefined {
  const written = text(raw, report);
  if (written === undefined) return undefined;
  const known = CODECS.get(written.toLowerCase().replace(/[^a-z0-9]/g, ''));
  if (known === undefined) report(`unknown codec "${shown(written)}"`, 'write h264, h265, mjpeg, mpeg4 or av1');
  return known;
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

function labelReader(name: string): FieldReader {
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

const READERS: Readonly<Record<string, FieldReader>> = {
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
