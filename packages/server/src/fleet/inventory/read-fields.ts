import { nearest } from '../../base/yaml-source.ts';
import { FIELD_NAMES, isField } from './field-readers.ts';
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

/** Short forms, and what people write instead. */
const SYNONYMS: Readonly<Record<string, string>> = {
  url: 'streams.main',
  stream: 'streams.main',
  main: 'streams.main',
  sub: 'streams.sub',
  snapshot: 'streams.snapshot',
  onvif: 'streams.onvif',
  fps: 'expected.frames_per_second',
  resolution: 'expected.resolution',
  codec: 'expected.codec',
  gps: 'coordinates',
};

const INSIDE: ReadonlyMap<string, string> = new Map([
  ['expected.fps', 'expected.frames_per_second'],
  ['expected.frame_rate', 'expected.frames_per_second'],
  ['expected.size', 'expected.resolution'],
  ['expected.keyframe_interval', 'expected.keyframe_interval_seconds'],
  ['expected.gop_seconds', 'expected.keyframe_interval_seconds'],
]);

const KNOWN_KEYS = [
  'id',
  ...FIELD_NAMES.filter((name) => !name.includes('.')),
  'expected',
  'streams',
  'labels',
  ...Object.keys(SYNONYMS),
];

/** The fields of a mapping (of YAML or JSON), in the order in which they stand there. Unknown keys are reported with what was meant. */
export function writtenFields(
  raw: Readonly<Record<string, unknown>>,
  others: OtherKeys,
  report: ReportAt,
): readonly WrittenField[] {
  const found: WrittenField[] = [];
  for (const key in raw) {
    if (key === 'id' || others.has(key)) continue;
    const value = raw[key];
    if (key === 'expected' || key === 'streams' || key === 'labels') {
      if (isMapping(value)) inside(key, value, found, report);
      else if (key === 'expected' && !isAbsent(value)) expectedOfText(scalarText(value) ?? '', found, report);
      else if (!isAbsent(value)) report([key], 'must be a mapping (key: value)', `write ${key}: {…}`);
      continue;
    }
    const path = Object.hasOwn(SYNONYMS, key) ? (SYNONYMS[key] as string) : key;
    if (path === 'expected.resolution') resolution(value, [key], found, report);
    else if (isField(path) && !path.startsWith('labels.')) add(found, path, value, placeOf(key));
    else unknown(key, [key], [...KNOWN_KEYS, ...others], report);
  }
  return found;
}

function inside(
  part: 'expected' | 'streams' | 'labels',
  mapping: Readonly<Record<string, unknown>>,
  found: WrittenField[],
  report: ReportAt,
): void {
  const keys = Object.keys(mapping);
  if (part === 'labels' && keys.length > LABELS_MAX) {
    report([part], `more than ${LABELS_MAX} labels`, 'keep those that rules and routes need');
    return;
  }
  for (const key of keys) {
    const path = INSIDE.get(`${part}.${key}`) ?? `${part}.${key}`;
    if (path === 'expected.resolution') resolution(mapping[key], [part, key], found, report);
    else if (isField(path))
      add(found, path, mapping[key], path.startsWith('labels.') ? [part, key] : placeOf(`${part}.${key}`));
    else
      unknown(
        key,
        [part, key],
        FIELD_NAMES.filter((name) => name.startsWith(`${part}.`)).map((name) => name.slice(part.length + 1)),
        report,
      );
  }
}

/** Of known fields, so that a fleet does not make each of them anew for each camera. */
function placeOf(written: string): readonly string[] {
  let place = PLACES.get(written);
  if (place === undefined) {
    place = written.split('.');
    PLACES.set(written, place);
  }
  return place;
}
const PLACES = new Map<string, readonly string[]>();

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
