import { HttpFailure } from '../../../base/http-client/index.ts';
import { shown, isMapping } from '../written-value.ts';
import type { ImportedCamera, ListedCameras } from './imported-camera.ts';
import { StreamsTold, isLoopback, restreamOf } from './streams-told.ts';

export interface ImportSettings {
  readonly url: string;
  readonly probe: 'camera' | 'restream' | 'off';
  readonly restream_url?: string | undefined;
}

/**
 * Cameras of Frigate's `/api/config`: its inputs by role, with its go2rtc's own sources behind addresses of its loopback. Frigate masks
 * passwords there (`*:*@`). `stats` (`/api/stats`) lists cameras alone: it stands in where the configuration is not shown to this user.
 */
export function camerasOfFrigate(config: unknown, stats: unknown, settings: ImportSettings): ListedCameras {
  const notes: string[] = [];
  if (config === undefined)
    return {
      cameras: camerasOfStats(stats),
      notes: ['the configuration is not shown to this user: only the names of cameras are known'],
    };
  const configured = isMapping(config) ? config['cameras'] : undefined;
  if (!isMapping(configured)) throw new HttpFailure('/api/config lists no cameras; check url and kind of the import');
  const go2rtc =
    isMapping(config) && isMapping(config['go2rtc']) && isMapping(config['go2rtc']['streams'])
      ? config['go2rtc']['streams']
      : {};
  const cameras: ImportedCamera[] = [];
  for (const [name, camera] of Object.entries(configured)) {
    if (!isMapping(camera)) continue;
    const streams = new StreamsTold();
    let failed = false;
    const add = (role: 'main' | 'sub', path: string): void => {
      if (settings.probe === 'restream') return;
      const sources = isLoopback(path) ? sourcesOf(go2rtc, path) : [path];
      if (!sources.some((source) => streams.add(role, source))) failed = true;
    };
    const inputs = inputsOf(camera);
    const main = inputs.find(({ roles }) => roles.includes('record')) ?? inputs[0];
    const sub = inputs.find((input) => input !== main && input.roles.includes('detect'));
    if (main) add('main', main.path);
    if (sub && streams.has('main')) add('sub', sub.path);
    if (!streams.has('main') && Object.hasOwn(go2rtc, name))
      streams.add('main', restreamOf(settings.url, settings.restream_url, name));
    if (failed && !streams.has('main'))
      notes.push(`${shown(name)}: its address is not one that is read, or holds a password where it would be shown`);
    const { onvif } = camera;
    if (isMapping(onvif) && typeof onvif['host'] === 'string' && onvif['host'] !== '')
      streams.add(
        'onvif',
        `http://${onvif['host']}:${typeof onvif['port'] === 'number' ? onvif['port'] : 80}/onvif/device_service`,
      );
    const friendly = camera['friendly_name'];
    const isOff = camera['enabled'] === false || settings.probe === 'off' || !streams.has('main');
    cameras.push({
      name,
      fields: {
        ...(typeof friendly === 'string' && friendly !== '' ? { name: friendly } : {}),
        ...streams.fields(),
        ...(isOff ? { probe: false } : {}),
      },
      ...(streams.told ? { told: streams.told } : {}),
    });
  }
  return { cameras, notes };
}

function camerasOfStats(stats: unknown): readonly ImportedCamera[] {
  const cameras = isMapping(stats) && isMapping(stats['cameras']) ? stats['cameras'] : {};
  return Object.keys(cameras).map((name) => ({ name, fields: { probe: false } }));
}

function inputsOf(
  camera: Readonly<Record<string, unknown>>,
): readonly { readonly path: string; readonly roles: readonly unknown[] }[] {
  const inputs = isMapping(camera['ffmpeg']) ? camera['ffmpeg']['inputs'] : undefined;
  if (!Array.isArray(inputs)) return [];
  return inputs.flatMap((input: unknown) =>
    isMapping(input) && typeof input['path'] === 'string'
      ? [{ path: input['path'], roles: Array.isArray(input['roles']) ? input['roles'] : [] }]
      : [],
  );
}

/** What Frigate's own go2rtc reads for `rtsp://127.0.0.1:8554/<stream>`. */
function sourcesOf(streams: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  const stream = streams[decodeURIComponent(new URL(path).pathname.slice(1))];
  const sources = typeof stream === 'string' ? [stream] : Array.isArray(stream) ? stream : [];
  return sources.filter((source): source is string => typeof source === 'string').map(sourceAddress);
}

/** go2rtc's `ffmpeg:rtsp://…#video=h264` → `rtsp://…` */
export function sourceAddress(source: string): string {
  return source.replace(/^(?:ffmpeg|echo|expr):(?=[a-z]+:\/\/)/i, '');
}
