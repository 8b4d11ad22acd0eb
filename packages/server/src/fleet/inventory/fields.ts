import type { Camera, CameraFields } from '@vedette/wire/http';

/**
 * What a source says of a camera, field by field: `site`, `expected.width`, `streams.main`, `labels.lane` → value. Sources are merged per
 * key; a value is whole (an address with its transport, a pair of coordinates, a list of maintenance windows).
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Keys of a camera that hold fields of their own. */
const PARTS = ['expected', 'streams', 'labels'] as const;
const PART_OF: ReadonlySet<string> = new Set(PARTS);

/** The fields as the camera's object has them. Values are shared, not copied. */
export function nested(fields: Fields): CameraFields {
  const camera: Record<string, unknown> = {};
  const parts: Record<string, Record<string, unknown>> = {};
  for (const key in fields) {
    const dot = key.indexOf('.');
    const part = dot === -1 ? '' : key.slice(0, dot);
    if (!PART_OF.has(part)) {
      camera[key] = fields[key];
      continue;
    }
    const holder = (parts[part] ??= {});
    holder[key.slice(dot + 1)] = fields[key];
    camera[part] = holder;
  }
  return camera as CameraFields;
}

/** The other way around; for what JSON bodies and the state hold. */
export function flat(camera: CameraFields | Partial<Camera>): Fields {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(camera)) {
    if (value === undefined || value === null) continue;
    if (!PART_OF.has(key)) {
      fields[key] = value;
      continue;
    }
    for (const [inner, one] of Object.entries(value as object)) {
      if (one !== undefined && one !== null) fields[`${key}.${inner}`] = one;
    }
  }
  return fields;
}

export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  return JSON.stringify(one) === JSON.stringify(other);
}

export function sameFields(one: Fields, other: Fields): boolean {
  if (one === other) return true;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && sameValue(one[key], other[key]));
}

export interface FieldChange {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** What is otherwise in `after`, by name of the field. */
export function fieldChanges(before: Fields, after: Fields): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const from = before[field];
    const to = after[field];
    if (sameValue(from, to)) continue;
    changes.push({ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  }
  return changes;
}
