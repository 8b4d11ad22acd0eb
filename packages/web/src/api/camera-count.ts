import type { CamerasAnswer } from '@vedette/wire/http';
import { ApiError, getJson } from './client.ts';

/** How many cameras there are; a server that watches none has no such address. A file of its own: the first page needs nothing else of the fleet. */
export async function cameraCount(signal?: AbortSignal): Promise<number> {
  try {
    return ((await getJson('/api/vedette/fleet/cameras?limit=1', signal)) as CamerasAnswer).total;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0;
    throw error;
  }
}
