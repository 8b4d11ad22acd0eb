import type { CameraCreate, DiscoveryJob, DiscoveryRequest, FoundDeviceAnswer } from '@vedette/wire/http';
import type { Credentials } from '@vedette/agent';
import { isIPv4 } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { FindDevices, FoundDevice } from '../ports.ts';
import { isMapping } from './written-value.ts';
import { DISCOVERED_DEVICES_MAX, DISCOVERY_ADDRESSES_MAX, DISCOVERY_TIMEOUT_MS, TEXT_LENGTH_MAX } from './limits.ts';
import { hostOf, toldAddress } from './read-address.ts';

export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly findDevices?: FindDevices | undefined;
  /** The camera that has an address at this host. */
  readonly cameraAt: (host: string) => string | undefined;
  readonly isTaken: (id: string) => boolean;
}

interface Job {
  state: DiscoveryJob['state'];
  readonly startedAt: string;
  readonly stop: AbortController;
  readonly devices: FoundDeviceAnswer[];
  /** Resolves when the job has ended. */
  done: Promise<void>;
  endedAt?: string;
  error?: string;
}

/** Searches for ONVIF devices when somebody asks for it, one search at a time. What is found is proposed, never added. */
export class Discovery {
  readonly #deps: DiscoveryDeps;
  #job: Job | undefined;

  constructor(deps: DiscoveryDeps) {
    this.#deps = deps;
  }

  /** Throws CAMERA_INVALID, CAMERA_CONFLICT. */
  start(body: unknown, credentialsOf: (raw: unknown) => Credentials | undefined): DiscoveryJob {
    const { findDevices, clock } = this.#deps;
    if (!findDevices) throw new VedetteError('CAMERA_INVALID', 'this Vedette cannot search for ONVIF devices');
    if (this.#job?.state === 'running')
      throw new VedetteError(
        'CAMERA_CONFLICT',
        'a search runs already; wait for it, or end it with DELETE /api/vedette/fleet/discovery',
      );
    const request = isMapping(body) ? (body as DiscoveryRequest & Readonly<Record<string, unknown>>) : {};
    const addresses = request.addresses === undefined ? undefined : addressesOf(request.addresses);
    const site = request.site;
    if (site !== undefined && (typeof site !== 'string' || site.length > TEXT_LENGTH_MAX))
      throw new VedetteError('CAMERA_INVALID', '"site" must be a text');
    const credentials = request.credentials === undefined ? undefined : credentialsOf(request.credentials);
    const job: Job = {
      state: 'running',
      startedAt: new Date(clock.now()).toISOString(),
      stop: new AbortController(),
      devices: [],
      done: Promise.resolve(),
    };
    this.#job = job;
    const devices = findDevices(
      { ...(addresses === undefined ? {} : { addresses }), ...(credentials === undefined ? {} : { credentials }) },
      job.stop.signal,
    );
    job.done = this.#run(job, devices, { site, reference: request.credentials });
    return this.#shown(job);
  }

  /** Throws NOT_FOUND. */
  job(): DiscoveryJob {
    if (this.#job) return this.#shown(this.#job);
    throw new VedetteError('NOT_FOUND', 'nothing was searched for yet; POST /api/vedette/fleet/discovery');
  }

  /** Resolves when the search has ended. */
  async cancel(): Promise<void> {
    const job = this.#job;
    if (job?.state !== 'running') return;
    job.state = 'cancelled';
    job.stop.abort(new Error('the search was ended'));
    await job.done;
  }

  async #run(
    job: Job,
    devices: AsyncIterable<FoundDevice>,
    proposal: { readonly site: string | undefined; readonly reference: DiscoveryRequest['credentials'] },
  ): Promise<void> {
    const { clock } = this.#deps;
    const limit = clock.after(DISCOVERY_TIMEOUT_MS, () => {
      job.error = 'not all addresses answered in time';
      job.stop.abort(new Error('the time is up'));
    });
    try {
      for await (const device of devices) {
        job.stop.signal.throwIfAborted();
        if (job.devices.length >= DISCOVERED_DEVICES_MAX) {
          job.error = `more than ${DISCOVERED_DEVICES_MAX} devices; search for fewer addresses`;
          job.stop.abort(new Error(job.error));
          break;
        }
        const answer = this.#answer(device, proposal);
        if (answer && !job.devices.some(({ url }) => url === answer.url)) job.devices.push(answer);
      }
      if (job.state === 'running') job.state = 'done';
    } catch (error) {
      if (job.state === 'running') job.state = job.stop.signal.aborted ? 'done' : 'failed';
      if (job.state === 'failed') job.error = errorMessage(error).slice(0, 300);
    } finally {
      limit[Symbol.dispose]();
      job.endedAt = new Date(clock.now()).toISOString();
    }
  }

  /** Addresses are the device's own words: what holds a password is taken out of them or left out. */
  #answer(
    device: FoundDevice,
    { site, reference }: { readonly site: string | undefined; readonly reference: DiscoveryRequest['credentials'] },
  ): FoundDeviceAnswer | undefined {
    const url = toldAddress(device.url, 'onvif')?.url;
    if (url === undefined) return undefined;
    const host = hostOf(url);
    const camera = this.#deps.cameraAt(host);
    const text = (value: string | undefined): string | undefined =>
      value === undefined || value === '' ? undefined : value.slice(0, 120);
    const details = {
      manufacturer: text(device.manufacturer),
      model: text(device.model),
      firmware: text(device.firmware),
      serial: text(device.serial),
      failure: text(device.failure),
    };
    const known = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
    if (camera !== undefined) return { url, ...known, camera };
    return { url, ...known, proposal: this.#proposal(device, url, host, site, reference) };
  }

  #proposal(
    device: FoundDevice,
    url: string,
    host: string,
    site: string | undefined,
    reference: DiscoveryRequest['credentials'],
  ): CameraCreate {
    const streams = (device.streams ?? []).flatMap((stream) => {
      const address = toldAddress(stream.url, 'main');
      // A device that names another host would have us probe that one.
      return address === undefined || hostOf(address.url) !== host ? [] : [{ ...stream, url: address.url }];
    });
    const [main, sub] = streams;
    const snapshot = device.snapshotUrl === undefined ? undefined : toldAddress(device.snapshotUrl, 'snapshot')?.url;
    const model = [device.manufacturer, device.model]
      .filter((part) => part !== undefined && part !== '')
      .join(' ')
      .slice(0, 120);
    return {
      id: this.#freeId(device.serial, host),
      ...(model === '' ? {} : { model }),
      ...(site === undefined ? {} : { site }),
      ...(main === undefined
        ? {}
        : {
            expected: {
              ...(main.framesPerSecond === undefined ? {} : { frames_per_second: main.framesPerSecond }),
              ...(main.width === undefined || main.height === undefined
                ? {}
                : { width: main.width, height: main.height }),
              ...(main.codec === undefined ? {} : { codec: main.codec }),
            },
          }),
      streams: {
        ...(main === undefined ? {} : { main: { url: main.url } }),
        ...(sub === undefined ? {} : { sub: { url: sub.url } }),
        ...(snapshot === undefined || hostOf(snapshot) !== host ? {} : { snapshot: { url: snapshot } }),
        onvif: { url },
      },
      ...(reference === undefined ? {} : { credentials: reference }),
    };
  }

  #freeId(serial: string | undefined, host: string): string {
    const wanted =
      serial !== undefined && /^[A-Za-z0-9._-]{4,60}$/.test(serial)
        ? serial
        : host.replace(/[[\]]/g, '').replace(/:/g, '-');
    for (let i = 1; i < 100; i++) {
      const id = i === 1 ? wanted : `${wanted}-${i}`;
      if (!this.#deps.isTaken(id)) return id;
    }
    return `${wanted}-${host}`;
  }

  #shown(job: Job): DiscoveryJob {
    return {
      state: job.state,
      started_at: job.startedAt,
      ...(job.endedAt === undefined ? {} : { ended_at: job.endedAt }),
      ...(job.error === undefined ? {} : { error: job.error }),
      devices: [...job.devices],
    };
  }
}

/** `10.1.0.11`, `10.1.0.11:8080`, `10.1.0.0/26`. Throws CAMERA_INVALID. */
export function addressesOf(raw: unknown): readonly string[] {
  const invalid = (): VedetteError =>
    new VedetteError(
      'CAMERA_INVALID',
      `"addresses" must be a list of IPv4 addresses such as 10.1.0.11, 10.1.0.11:8080 or 10.1.0.0/26, at most ${DISCOVERY_ADDRESSES_MAX} in all`,
    );
  if (!Array.isArray(raw) || raw.length === 0) throw invalid();
  const found: string[] = [];
  for (const one of raw as unknown[]) {
    const match = typeof one === 'string' ? /^([\d.]{7,15})(?:\/(\d{1,2})|:(\d{1,5}))?$/.exec(one.trim()) : null;
    const ip = match?.[1];
    if (ip === undefined || !isIPv4(ip)) throw invalid();
    if (match?.[2] !== undefined) {
      const bits = Number(match[2]);
      if (bits < 22 || bits > 32) throw invalid();
      const size = 2 ** (32 - bits);
      const first = Math.floor(numberOf(ip) / size) * size;
      // Of a network neither its own nor its broadcast address is a device.
      const inner = size > 2 ? 1 : 0;
      for (let i = inner; i < size - inner; i++) found.push(textOf(first + i));
    } else found.push(match?.[3] === undefined ? ip : `${ip}:${match[3]}`);
    if (found.length > DISCOVERY_ADDRESSES_MAX) throw invalid();
  }
  return [...new Set(found)];
}

function numberOf(ip: string): number {
  return ip.split('.').reduce((all, part) => all * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [address / 2 ** 24, address / 2 ** 16, address / 2 ** 8, address]
    .map((part) => Math.floor(part) % 256)
    .join('.');
}
