import type { Camera } from '@vedette/wire/http';
import { VedetteError } from '../../base/errors.ts';
import { CAMERAS_MAX } from './limits.ts';

const EQUAL = ['site', 'recorder', 'switch', 'class', 'model', 'owner', 'source'] as const;

/**
 * Cameras that the parameters of a request ask for: `site`, `recorder`, `switch`, `class`, `model`, `owner`, `source` (equal), `q` (part of
 * id, name or an address), `limit` and `offset`. Throws QUERY_BAD_PARAMETER.
 */
export function listCameras(cameras: readonly Camera[], query: Readonly<Record<string, unknown>>): readonly Camera[] {
  const wanted = EQUAL.flatMap((key) => {
    const value = query[key];
    if (value === undefined) return [];
    if (typeof value !== 'string') throw new VedetteError('QUERY_BAD_PARAMETER', `"${key}" must be given once`);
    return [[key, value] as const];
  });
  const { q } = query;
  if (q !== undefined && typeof q !== 'string') throw new VedetteError('QUERY_BAD_PARAMETER', '"q" must be given once');
  const part = q?.toLowerCase() ?? '';
  const found =
    wanted.length === 0 && part === ''
      ? cameras
      : cameras.filter(
          (camera) => wanted.every(([key, value]) => camera[key] === value) && (part === '' || mentions(camera, part)),
        );
  const offset = numberOf(query['offset'], 'offset', 0);
  return found.slice(offset, offset + numberOf(query['limit'], 'limit', CAMERAS_MAX));
}

function mentions({ id, name, streams }: Camera, part: string): boolean {
  return (
    id.toLowerCase().includes(part) ||
    name?.toLowerCase().includes(part) === true ||
    Object.values(streams ?? {}).some(({ url }) => url.toLowerCase().includes(part))
  );
}

function numberOf(value: unknown, name: string, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
  throw new VedetteError('QUERY_BAD_PARAMETER', `"${name}" must be a whole number`);
}
