import { VedetteError } from '../../base/errors.ts';
import type { Fields } from './fields.ts';
import { readField } from './field-readers.ts';
import { type ReadContext, idFault, isMapping, scalarText } from './written-value.ts';
import { writtenFields } from './read-fields.ts';

const NO_OTHERS: ReadonlySet<string> = new Set();

/** Fields of a JSON body. Throws CAMERA_INVALID with all faults: over the API nothing is taken half. */
export function fieldsOfBody(raw: unknown, context: ReadContext): Fields {
  if (!isMapping(raw))
    throw new VedetteError('CAMERA_INVALID', 'the body must be a JSON object with the fields of a camera');
  const faults: { readonly field: string; readonly message: string; readonly remedy: string }[] = [];
  const report = (at: readonly string[], message: string, remedy: string): void => {
    faults.push({ field: at.join('.'), message, remedy });
  };
  const fields: Record<string, unknown> = {};
  for (const { path, raw: value, at } of writtenFields(raw, NO_OTHERS, report)) {
    const read = readField(path, value, (message, remedy) => report(at, message, remedy), context);
    if (read !== undefined) fields[path] = read;
  }
  if (faults.length === 0) return fields;
  const words = faults.slice(0, 20).map(({ field, message, remedy }) => `${field}: ${message}; ${remedy}`);
  throw new VedetteError('CAMERA_INVALID', words.join('\n'), { details: { problems: faults.slice(0, 20) } });
}

export function idOfBody(raw: unknown): string {
  const id = isMapping(raw) ? scalarText(raw['id']) : undefined;
  const fault = id === undefined || id === '' ? 'a camera needs an id' : idFault(id);
  if (id === undefined || fault !== undefined)
    throw new VedetteError(
      'CAMERA_INVALID',
      `id: ${fault ?? 'a camera needs an id'}; it is unique and stable, the camera_id of every series`,
    );
  return id;
}

/**
 * RFC 7396 on what the API says: null takes a field back, a part (`expected`, `streams`, `labels`) is patched inside, anything else is
 * replaced as a whole.
 */
export function patched(before: Fields, set: unknown, context: ReadContext): Fields {
  if (!isMapping(set)) throw new VedetteError('CAMERA_INVALID', '"set" must be an object with the fields to change');
  const removed: string[] = [];
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(set)) {
    if (value === null) removed.push(key);
    else if (PARTS.has(key) && isMapping(value)) {
      const inner: Record<string, unknown> = {};
      for (const [name, one] of Object.entries(value)) {
        if (one === null) removed.push(`${key}.${name}`);
        else inner[name] = one;
      }
      kept[key] = inner;
    } else kept[key] = value;
  }
  const next: Record<string, unknown> = { ...before, ...fieldsOfBody(kept, context) };
  for (const key of removed) {
    if (!PARTS.has(key)) delete next[key];
    else for (const field of Object.keys(next)) if (field.startsWith(`${key}.`)) delete next[field];
  }
  return next;
}
const PARTS: ReadonlySet<string> = new Set(['expected', 'streams', 'labels']);
