import { ID_LENGTH_MAX, TEXT_LENGTH_MAX } from './limits.ts';

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

/** Reads one field; undefined when it is not there or faulty. */
export type FieldReader = (raw: unknown, report: Report, context: ReadContext) => unknown;

/** Text, number or nothing: what stands in a cell. */
export function scalarText(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw.trim();
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
}

/** What cells and YAML mean by "not there". */
export function isAbsent(raw: unknown): boolean {
  if (typeof raw === 'string') return raw.length <= ABSENT_LENGTH_MAX ? ABSENT.has(raw.trim()) : raw.trim() === '';
  return raw === undefined || raw === null;
}
const ABSENT_LENGTH_MAX = 8;
const ABSENT: ReadonlySet<string> = new Set(['', '~', 'null', 'NULL', 'n/a', 'N/A', '-', '—']);

/** A text of one line. */
export function text(raw: unknown, report: Report): string | undefined {
  const value = scalarText(raw);
  if (value === undefined) report('must be a text', 'write one value');
  else if (value.length > TEXT_LENGTH_MAX) report(`a text of more than ${TEXT_LENGTH_MAX} characters`, 'shorten it');
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  else if (/[\u0000-\u001f\u007f]/.test(value)) report('contains control characters or line breaks', 'take them out');
  else return value;
  return undefined;
}

/** Why a text is no id; undefined when it is one. */
export function idFault(id: string): string | undefined {
  if (id.length > ID_LENGTH_MAX) return `an id of more than ${ID_LENGTH_MAX} characters`;
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  if (/[\u0000-\u001f\u007f"\\]/.test(id)) return 'an id must not contain quotes, backslashes or control characters';
  if (/^\.{1,2}$/.test(id)) return 'an id must not be a dot';
  return undefined;
}

/** `52.5`, `52,5`, `25 fps`; a unit behind it is passed over. */
export function decimal(written: string): number | undefined {
  const match = /^([+-]?\d{1,15}(?:[.,]\d{1,15})?)\s{0,3}(?:fps|px|s|sec|°|hz)?$/i.exec(written);
  return match?.[1] === undefined ? undefined : Number(match[1].replace(',', '.'));
}

export function isMapping(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

/** Of a value in a message. */
export function shown(value: string): string {
  const oneLine = value.replace(/\s+/g, ' ');
  return oneLine.length > 40 ? `${oneLine.slice(0, 40)}…` : oneLine;
}
