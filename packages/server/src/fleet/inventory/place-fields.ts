import { type Report, decimal, isMapping, scalarText } from './written-value.ts';

export function coordinates(
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

export function plan(raw: unknown, report: Report): { readonly x: number; readonly y: number } | undefined {
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
