import { nearest } from '../../base/yaml-source.ts';
import { FIELD_NAMES } from './field-readers.ts';
import { isAbsent, isMapping, scalarText, shown } from './written-value.ts';
import { LABELS_MAX } from './limits.ts';

/** One written value and the field that it is for; `at` is where it stands in what was written. */
export interface WrittenField {
  readonly path: string;
  readonly raw: unknown;
  readonly at: readonly string[];
}

export type ReportAt = (at: readonly string[], message: string, remedy: string) => void;

/** Keys of what is written that are no fields: they are the reader's own. */
export type OtherKeys = ReadonlySet<string>;

/** Width and height in one. */
const RESOLUTION = 'expected.resolution';

/** Short forms, and what people write instead. */
const SYNONYMS: readonly (readonly [string, string])[] = [
  ['url', 'streams.main'],
  ['stream', 'streams.main'],
  ['main', 'streams.main'],
  ['sub', 'streams.sub'],
  ['snapshot', 'streams.snapshot'],
  ['onvif', 'streams.onvif'],
  ['fps', 'expected.frames_per_second'],
  ['resolution', RESOLUTION],
  ['codec', 'expected.codec'],
  ['gps', 'coordinates'],
  ['expected.fps', 'expected.frames_per_second'],
  ['expected.frame_rate', 'expected.frames_per_second'],
  ['expected.resolution', RESOLUTION],
  ['expected.size', RESOLUTION],
  ['expected.keyframe_interval', 'expected.keyframe_interval_seconds'],
  ['expected.gop_seconds', 'expected.keyframe_interval_seconds'],
];

type Part = 'expected' | 'streams' | 'labels';

interface KnownKey {
  readonly path: string;
  readonly at: readonly string[];
}

/** Keys at the camera, and keys inside its parts, as they may be written. */
const KEYS = new Map<string, KnownKey>();
const INSIDE: Readonly<Record<Part, Map<string, KnownKey>>> = {
  expected: new Map(),
  streams: new Map(),
  labels: new Map(),
};
for (const [written, path] of [...FIELD_NAMES.map((name) => [name, name] as const), ...SYNONYMS]) {
  const at = written.split('.');
  const [part = '', key] = at;
  if (key === undefined) KEYS.set(written, { path, at });
  else INSIDE[part as Part].set(key, { path, at });
}

/** The fields of a mapping (of YAML or JSON), in the order in which they stand there. Unknown keys are reported with what was meant. */
export function writtenFields(
  raw: Readonly<Record<string, unknown>>,
  others: OtherKeys,
  report: ReportAt,
): readonly WrittenField[] {
  const found: WrittenField[] = [];
  for (const key in raw) {
    const value = raw[key];
    const known = KEYS.get(key);
    if (known !== undefined) addKnown(known, value, found, report);
    else if (key === 'expected' || key === 'streams' || key === 'labels') {
      if (isMapping(value)) inside(key, value, found, report);
      else if (key === 'expected' && !isAbsent(value)) expectedOfText(scalarText(value) ?? '', found, report);
      else if (!isAbsent(value)) report([key], 'must be a mapping (key: value)', `write ${key}: {…}`);
    } else if (key !== 'id' && !others.has(key))
      unknown(key, [key], ['id', ...KEYS.keys(), 'expected', 'streams', 'labels', ...others], report);
  }
  return found;
}

function inside(part: Part, mapping: Readonly<Record<string, unknown>>, found: WrittenField[], report: ReportAt): void {
  if (part === 'labels' && Object.keys(mapping).length > LABELS_MAX) {
    report([part], `more than ${LABELS_MAX} labels`, 'keep those that rules and routes need');
    return;
  }
  for (const key in mapping) {
    const known = INSIDE[part].get(key);
    if (known !== undefined) addKnown(known, mapping[key], found, report);
    else if (part === 'labels') add(found, `labels.${key}`, mapping[key], [part, key]);
    else unknown(key, [part, key], [...INSIDE[part].keys()], report);
  }
}

function addKnown({ path, at }: KnownKey, value: unknown, found: WrittenField[], report: ReportAt): void {
  if (path === RESOLUTION) resolution(value, at, found, report);
  else add(found, path, value, at);
}

function add(found: WrittenField[], path: string, raw: unknown, at: readonly string[]): void {
  if (!isAbsent(raw)) found.push({ path, raw, at });
}

/** `1920x1080`, `1080p`, `4K`, {width: …, height: …} */
export function resolution(raw: unknown, at: readonly string[], found: WrittenField[], report: ReportAt): void {
  if (isAbsent(raw)) return;
  const size = sizeOf(raw);
  if (size === undefined) {
    report(at, `not a resolution: "${shown(scalarText(raw) ?? '…')}"`, 'write it as 1920x1080');
    return;
  }
  add(found, 'expected.width', size[0], at);
  add(found, 'expected.height', size[1], at);
}

const NAMED_SIZES: Readonly<Record<string, readonly [number, number]>> = {
  '480p': [640, 480],
  '720p': [1280, 720],
  '1080p': [1920, 1080],
  '1440p': [2560, 1440],
  '2160p': [3840, 2160],
  'full hd': [1920, 1080],
  fullhd: [1920, 1080],
  fhd: [1920, 1080],
  hd: [1280, 720],
  '4k': [3840, 2160],
  uhd: [3840, 2160],
  vga: [640, 480],
};

function sizeOf(raw: unknown): readonly [unknown, unknown] | undefined {
  if (isMapping(raw)) return [raw['width'], raw['height']];
  if (Array.isArray(raw)) return raw.length === 2 ? [raw[0], raw[1]] : undefined;
  const written = scalarText(raw) ?? '';
  const match = /^(\d{2,5})\s{0,3}[x×*/]\s{0,3}(\d{2,5})$/i.exec(written);
  if (match?.[1] && match[2]) return [match[1], match[2]];
  const name = written.toLowerCase();
  return Object.hasOwn(NAMED_SIZES, name) ? NAMED_SIZES[name] : undefined;
}

/** `1920x1080 25fps h264`: words in any order. */
function expectedOfText(written: string, found: WrittenField[], report: ReportAt): void {
  for (const word of written
    .split(/[\s,;@]+/)
    .filter((one) => one !== '')
    .slice(0, 10)) {
    if (sizeOf(word)) resolution(word, ['expected'], found, report);
    else if (/^\d+(?:\.\d+)?(?:fps|hz)?$/i.test(word)) add(found, 'expected.frames_per_second', word, ['expected']);
    else add(found, 'expected.codec', word, ['expected']);
  }
}

function unknown(key: string, at: readonly string[], known: readonly string[], report: ReportAt): void {
  if (/pass(?:word|wd)?|secret|token/i.test(key)) {
    report(
      at,
      'a password must not stand in the inventory',
      'write credentials: {username: …, password_env: CAMERA_PASSWORD} or password_file',
    );
    return;
  }
  const near = nearest(key, known);
  report(
    at,
    `unknown key "${shown(key)}"`,
    near === undefined ? `known keys here: ${known.slice(0, 30).join(', ')}` : `did you mean "${near}"?`,
  );
}
