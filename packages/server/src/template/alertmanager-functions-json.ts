import { durationSeconds } from './go-duration.ts';
import { timeMs } from './go-time.ts';
import { checkLevel } from './joined.ts';
import { OUTPUT_CHARS_MAX } from './limits.ts';
import { TemplateMap, TemplateRecord, type TemplateValue, isList } from './values.ts';

/** Names that fields of notifications have in JSON; the fields that are not here are for templates only. */
const JSON_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*template.Data': {
    Receiver: 'receiver',
    Status: 'status',
    Alerts: 'alerts',
    NotificationReason: 'notification_reason',
    GroupLabels: 'groupLabels',
    CommonLabels: 'commonLabels',
    CommonAnnotations: 'commonAnnotations',
    RouteLabels: 'routeLabels',
    ExternalURL: 'externalURL',
  },
  'template.Alert': {
    Status: 'status',
    Labels: 'labels',
    Annotations: 'annotations',
    StartsAt: 'startsAt',
    EndsAt: 'endsAt',
    GeneratorURL: 'generatorURL',
    Fingerprint: 'fingerprint',
  },
};

/** As Go's encoding/json writes it: keys of maps in order, `<`, `>` and `&` escaped. `spend` hears of each piece's characters. */
export function goJson(value: TemplateValue, spend: (characters: number) => void): string {
  let size = 0;
  const take = (piece: string): string => {
    spend(piece.length);
    size += piece.length;
    if (size > OUTPUT_CHARS_MAX) throw new Error(`the JSON has more than ${OUTPUT_CHARS_MAX} characters`);
    return piece;
  };
  const object = (entries: Iterable<readonly [string, TemplateValue]>, level: number): string => {
    const parts: string[] = [];
    for (const [key, item] of entries) parts.push(`${take(quoted(key))}:${write(item, level + 1)}`);
    return `{${parts.join(',')}}`;
  };
  const write = (item: TemplateValue, level: number): string => {
    checkLevel(level);
    if (isList(item)) return `[${item.map((inner) => write(inner, level + 1)).join(',')}]`;
    if (item instanceof TemplateMap)
      return object(
        item.sortedKeys().map((key) => [key, item.entries.get(key)] as const),
        level,
      );
    if (item instanceof TemplateRecord) {
      const plain = plainOf(item);
      return plain === undefined ? object(fieldsOf(item), level) : take(plain);
    }
    return take(scalar(item));
  };
  return write(value, 0);
}

function scalar(value: undefined | boolean | string | number | bigint): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`json: unsupported value: ${value}`);
  return String(value);
}

/** A record that is no struct in JSON: a time, a duration, a text that was marked as safe. */
function plainOf(record: TemplateRecord): string | undefined {
  const ms = timeMs(record);
  if (ms !== undefined) return quoted(jsonTime(record));
  const seconds = durationSeconds(record);
  if (seconds !== undefined) return String(Math.round(seconds * 1e9));
  return record.text === undefined ? undefined : quoted(record.text);
}

function jsonTime(time: TemplateRecord): string {
  const format = time.methods.get('Format');
  const nowhere = { runTemplate: () => '', query: () => undefined, now: () => 0, spend: () => undefined };
  return String(format?.(['2006-01-02T15:04:05.999999999Z07:00'], nowhere));
}

function* fieldsOf(record: TemplateRecord): Generator<readonly [string, TemplateValue]> {
  const names = JSON_NAMES[record.typeName];
  if (names === undefined) yield* record.fields;
  else for (const [field, name] of Object.entries(names)) yield [name, record.fields.get(field)];
}

const UNSAFE: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function quoted(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[<>&\u2028\u2029]/g,
    (character) => UNSAFE[character] ?? character,
  );
}
