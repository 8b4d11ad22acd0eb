import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { type HttpClient, HttpFailure, statusFault } from '../../../base/http-client/index.ts';
import { type ImportConfig, importName } from '../config.ts';
import { isMapping } from '../written-value.ts';
import { IMPORTED_CAMERAS_MAX, IMPORT_BODY_BYTES_MAX, IMPORT_TIMEOUT_MS } from '../limits.ts';
import { camerasOfFrigate } from './frigate.ts';
import { camerasOfGo2rtc } from './go2rtc.ts';
import type { ListedCameras } from './imported-camera.ts';
import { camerasOfMediamtx } from './mediamtx.ts';

/** Pages of MediaMTX's lists; a hundred each is its default. */
const PAGE_ITEMS = 1_000;

/** What the server lists now. Rejects with HttpFailure or VedetteError, in one sentence without secrets. */
export async function askServer(client: HttpClient, config: ImportConfig, signal: AbortSignal): Promise<ListedCameras> {
  const listed = await listedBy(client, config, signal);
  if (listed.cameras.length <= IMPORTED_CAMERAS_MAX) return listed;
  return {
    cameras: listed.cameras.slice(0, IMPORTED_CAMERAS_MAX),
    notes: [...listed.notes, `more than ${IMPORTED_CAMERAS_MAX} cameras; the others are left out`],
  };
}

async function listedBy(client: HttpClient, config: ImportConfig, signal: AbortSignal): Promise<ListedCameras> {
  const get = (path: string): Promise<unknown> => getJson(client, config, path, signal);
  switch (config.kind) {
    case 'frigate': {
      try {
        return camerasOfFrigate(await get('/api/config'), undefined, config);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return camerasOfFrigate(undefined, await get('/api/stats'), config);
      }
    }
    case 'go2rtc':
      return camerasOfGo2rtc(await get('/api/streams'), config);
    case 'mediamtx': {
      const configured = await pages(get, '/v3/config/paths/list');
      return camerasOfMediamtx(configured, await pages(get, '/v3/paths/list'), config);
    }
  }
}

async function pages(get: (path: string) => Promise<unknown>, path: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let page = 0; items.length <= IMPORTED_CAMERAS_MAX; page++) {
    const answer = await get(`${path}?page=${page}&itemsPerPage=${PAGE_ITEMS}`);
    if (!isMapping(answer) || !Array.isArray(answer['items']))
      throw new HttpFailure(`${path} did not answer a list; check that the address is that of MediaMTX's API`);
    items.push(...(answer['items'] as unknown[]));
    const count = answer['pageCount'];
    if (typeof count !== 'number' || page + 1 >= count || answer['items'].length === 0) break;
  }
  return items;
}

/** The server knows us and does not show this. */
class Refused extends HttpFailure {}

async function getJson(client: HttpClient, config: ImportConfig, path: string, signal: AbortSignal): Promise<unknown> {
  const base = config.url.replace(/\/+$/, '');
  const answer = await client.send({
    url: new URL(`${base}${path}`),
    headers: ['accept', 'application/json'],
    timeoutMs: IMPORT_TIMEOUT_MS,
    timeoutName: 'time of an import',
    bodyBytesMax: IMPORT_BODY_BYTES_MAX,
    bodyLimitName: 'limit of an import',
    signal,
  });
  const where = path.split('?')[0] ?? '';
  if (answer.status === 403)
    throw new Refused(`${where}: the server does not show this to our user (403); give it a user who may read it`);
  if (answer.status === 401)
    throw new HttpFailure(`${where}: the server wants a user (401); set basic_auth or authorization in the import`);
  if (answer.status === 404)
    throw new HttpFailure(`${where}: there is no such address (404); check url and kind of the import`);
  if (answer.status !== 200) throw new HttpFailure(`${where}: ${statusFault(answer)}`);
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    // The words of the parser repeat what it could not read.
    throw new HttpFailure(`${where} did not answer JSON; check url and kind of the import`);
  }
}

/** For the page and the log: the name of the import, and no more of the error than may be shown. */
export function failureText(config: ImportConfig, error: unknown): string {
  if (error instanceof HttpFailure || error instanceof VedetteError) return errorMessage(error);
  return `the import ${importName(config)} failed unexpectedly`;
}
