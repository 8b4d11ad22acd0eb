import { isMapping, shown } from '../written-value.ts';
import type { ImportSettings } from './frigate.ts';
import type { ImportedCamera, ListedCameras } from './imported-camera.ts';
import { StreamsTold, restreamOf } from './streams-told.ts';

/**
 * Paths of MediaMTX: those that are configured by name (`/v3/config/paths/list`, with the address of their source) and those that run
 * (`/v3/paths/list`: what is published, and what patterns of the configuration made).
 */
export function camerasOfMediamtx(
  configured: readonly unknown[],
  running: readonly unknown[],
  settings: ImportSettings,
): ListedCameras {
  const notes: string[] = [];
  const cameras = new Map<string, ImportedCamera>();
  for (const path of configured) {
    const name = nameOf(path);
    if (name === undefined || !isMapping(path)) continue;
    const streams = new StreamsTold();
    const source = typeof path['source'] === 'string' ? path['source'] : '';
    const transport = path['rtspTransport'] ?? path['sourceProtocol'];
    if (settings.probe !== 'restream' && /^(?:rtsps?|https?):\/\//i.test(source)) {
      if (!streams.add('main', source, transport === 'tcp' || transport === 'udp' ? transport : undefined))
        notes.push(
          `${shown(name)}: its source holds a password where it would be shown; its restream is probed instead`,
        );
    }
    if (!streams.has('main') && source !== 'redirect')
      streams.add('main', restreamOf(settings.url, settings.restream_url, name));
    cameras.set(name, camera(name, streams, settings));
  }
  for (const path of running) {
    const name = nameOf(path);
    if (name === undefined || cameras.has(name)) continue;
    const streams = new StreamsTold();
    streams.add('main', restreamOf(settings.url, settings.restream_url, name));
    cameras.set(name, camera(name, streams, settings));
  }
  return { cameras: [...cameras.values()], notes };
}

function camera(name: string, streams: StreamsTold, { probe }: ImportSettings): ImportedCamera {
  return {
    name,
    fields: { ...streams.fields(), ...(probe === 'off' || !streams.has('main') ? { probe: false } : {}) },
    ...(streams.told ? { told: streams.told } : {}),
  };
}

/** Patterns (`~^…`) and the path for all others are no cameras. */
function nameOf(path: unknown): string | undefined {
  const name = isMapping(path) ? path['name'] : undefined;
  if (typeof name !== 'string' || name === '' || name.startsWith('~') || name === 'all_others' || name === 'all')
    return undefined;
  return name;
}
