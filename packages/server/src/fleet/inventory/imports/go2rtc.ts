import { HttpFailure } from '../../../base/http-client/index.ts';
import { isMapping, shown } from '../written-value.ts';
import type { ImportedCamera, ListedCameras } from './imported-camera.ts';
import { type ImportSettings, sourceAddress } from './frigate.ts';
import { StreamsTold, restreamOf } from './streams-told.ts';

/** `door_sub` belongs to `door` where there is one. */
const SUB = /^(.+?)[_-](?:sub|substream|low|lq|sd|lowres)$/i;

/** Streams of go2rtc's `/api/streams`: the producers' addresses. A stream that is named like a sub stream of another is its sub stream. */
export function camerasOfGo2rtc(answer: unknown, settings: ImportSettings): ListedCameras {
  if (!isMapping(answer) || !Object.values(answer).every(isStream))
    throw new HttpFailure('/api/streams is no list of streams; check url and kind of the import');
  const streams = answer;
  const notes: string[] = [];
  const subs = new Map<string, string>();
  for (const name of Object.keys(streams)) {
    const base = SUB.exec(name)?.[1];
    if (base !== undefined && Object.hasOwn(streams, base) && !subs.has(base)) subs.set(base, name);
  }
  const taken = new Set(subs.values());
  const cameras: ImportedCamera[] = [];
  for (const [name, stream] of Object.entries(streams)) {
    // Streams that a client asked for by address have it as their name, which may hold a password.
    if (taken.has(name) || name.includes('://') || name.includes('@')) continue;
    // A stream that is being changed is answered as null.
    if (stream === null) {
      cameras.push({ name, fields: {}, isBusy: true });
      continue;
    }
    const told = new StreamsTold();
    const sub = subs.get(name);
    if (settings.probe === 'restream') {
      told.add('main', restreamOf(settings.url, settings.restream_url, name));
      if (sub !== undefined) told.add('sub', restreamOf(settings.url, settings.restream_url, sub));
    } else {
      const producers = producersOf(stream);
      for (const url of producers) {
        if (/^onvif:\/\//i.test(url)) told.add('onvif', onvifAddress(url));
        else if (!told.has('main')) told.add('main', url);
      }
      if (sub !== undefined && told.has('main'))
        for (const url of producersOf(streams[sub])) if (told.add('sub', url)) break;
      if (producers.length > 0 && !told.has('main') && !told.has('onvif'))
        notes.push(
          `${shown(name)}: none of its sources is an address that is read, or it holds a password where it would be shown`,
        );
    }
    const isOff = settings.probe === 'off' || !told.has('main');
    cameras.push({
      name,
      fields: { ...told.fields(), ...(isOff ? { probe: false } : {}) },
      ...(told.told ? { told: told.told } : {}),
      ...(sub === undefined ? {} : { alsoCalled: [sub] }),
    });
  }
  return { cameras, notes };
}

function isStream(stream: unknown): boolean {
  return stream === null || (isMapping(stream) && ('producers' in stream || 'consumers' in stream));
}

/**
 * Addresses of the producers, as they were configured: one that runs has that as `source` and where it is connected to as `url`, one that
 * rests has `url` alone.
 */
function producersOf(stream: unknown): readonly string[] {
  const producers = isMapping(stream) ? stream['producers'] : undefined;
  if (!Array.isArray(producers)) return [];
  return producers.flatMap((producer: unknown) => {
    if (!isMapping(producer)) return [];
    return [producer['source'], producer['url']].filter((one) => typeof one === 'string').map(sourceAddress);
  });
}

/** `onvif://user:password@host:port?subtype=…` */
function onvifAddress(url: string): string {
  const rest = url.replace(/^onvif:\/\//i, '');
  const at = rest.lastIndexOf('@');
  const host = rest.slice(at + 1).split(/[/?#]/)[0] ?? '';
  return `http://${rest.slice(0, at + 1)}${host}/onvif/device_service`;
}
