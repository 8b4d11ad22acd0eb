import type { Clock, FailureReason, OnvifClient, OnvifReport } from '@vedette/agent';
import type { FindDevices, FindRequest, FoundDevice, FoundStream } from '../fleet/index.ts';

/** Devices asked at once. */
const ASKED_AT_ONCE = 16;
/** Of one device, all its answers together. */
const DEVICE_TIMEOUT_MS = 10_000;
/** Devices answer a multicast within this. */
const LISTEN_MS = 4_000;
/** Of those that answer one search. */
const DEVICES_MAX = 2_000;

/** Searches for devices with ONVIF: at the given addresses, else whoever answers WS-Discovery; then asks each what it is. */
export function onvifDevices(client: OnvifClient, clock: Clock): FindDevices {
  return async function* find(request, signal) {
    const urls = (await addressesOf(client, request, signal)).slice(0, DEVICES_MAX);
    const asked = new Map<number, Promise<{ readonly index: number; readonly device: FoundDevice | undefined }>>();
    let next = 0;
    const ask = (): void => {
      const index = next++;
      const url = urls[index] as string;
      asked.set(
        index,
        deviceAt(client, url, request, signal).then((device) => ({ index, device })),
      );
    };
    while (next < urls.length && asked.size < ASKED_AT_ONCE) ask();
    while (asked.size > 0) {
      const { index, device } = await Promise.race(asked.values());
      asked.delete(index);
      if (next < urls.length) ask();
      if (device !== undefined) yield device;
    }
    // Whoever listens may still be waiting for the end of the search.
    await clock.sleep(0, signal);
  };
}

async function addressesOf(client: OnvifClient, { addresses }: FindRequest, signal: AbortSignal): Promise<string[]> {
  if (addresses) return addresses.map((address) => `http://${address}/onvif/device_service`);
  const { devices } = await client.discover({ timeoutMs: LISTEN_MS }, signal);
  return devices.flatMap(({ urls }) => urls[0] ?? []);
}

/** What is heard where no device with ONVIF is. */
const NOBODY: ReadonlySet<FailureReason> = new Set([
  'dns',
  'refused',
  'unreachable',
  'timeout',
  'policy',
  'tls',
  'protocol',
  'path',
]);

async function deviceAt(
  client: OnvifClient,
  url: string,
  { credentials }: FindRequest,
  signal: AbortSignal,
): Promise<FoundDevice | undefined> {
  const target = {
    cameraId: url,
    url,
    timeoutMs: DEVICE_TIMEOUT_MS,
    ...(credentials === undefined ? {} : { credentials }),
  };
  const report = await client.inspect(target, signal);
  // Of a whole network most addresses are nobody's, or a printer's.
  return report.failure !== undefined && NOBODY.has(report.failure.reason) ? undefined : foundDevice(url, report);
}

function foundDevice(url: string, { device = {}, failure, problems, ...report }: OnvifReport): FoundDevice {
  const { manufacturer, model, firmwareVersion, serialNumber } = device;
  const snapshotUrl = report.profiles.find((profile) => profile.snapshotUrl !== undefined)?.snapshotUrl;
  const why = failure?.message ?? problems[0];
  return {
    url,
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(model === undefined ? {} : { model }),
    ...(firmwareVersion === undefined ? {} : { firmware: firmwareVersion }),
    ...(serialNumber === undefined ? {} : { serial: serialNumber }),
    streams: streamsOf(report),
    ...(snapshotUrl === undefined ? {} : { snapshotUrl }),
    ...(why === undefined ? {} : { failure: why }),
  };
}

/** Largest picture first. */
function streamsOf({ profiles, encoders }: Pick<OnvifReport, 'profiles' | 'encoders'>): FoundStream[] {
  const streams = profiles.flatMap(({ streamUrl, encoderToken }) => {
    if (streamUrl === undefined) return [];
    const { codec, width, height, framesPerSecond } = encoders.find(({ token }) => token === encoderToken) ?? {};
    const stream: FoundStream = {
      url: streamUrl,
      ...(codec === undefined ? {} : { codec }),
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
    };
    return [stream];
  });
  const pixels = ({ width = 0, height = 0 }: FoundStream): number => width * height;
  return streams.sort((a, b) => pixels(b) - pixels(a));
}
