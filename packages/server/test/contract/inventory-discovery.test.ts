import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { FindDevices, FindRequest } from '../../src/fleet/index.ts';
import { InventoryHouse } from '../support/inventory-house.ts';

let house: InventoryHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const PATH = '/api/vedette/fleet/discovery';

async function open(
  findDevices?: FindDevices,
  clock = new VirtualClock(Date.UTC(2026, 0, 5)),
): Promise<InventoryHouse> {
  house = await InventoryHouse.open({
    clock,
    files: { 'c.yaml': 'cameras: [{id: KNOWN, url: "rtsp://10.0.0.1/1"}, {id: SN22, site: x}]' },
    environment: { CAMERA_PASSWORD: 'pw' },
    ...(findDevices === undefined ? {} : { findDevices }),
  });
  return house;
}

async function ended(of: InventoryHouse) {
  for (;;) {
    const { json } = await of.ask('GET', PATH);
    if (json.state !== 'running') return json;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('discovery', () => {
  it('proposes what it finds, in the words of the inventory', async () => {
    let asked: FindRequest | undefined;
    const opened = await open(async function* (request) {
      asked = request;
      yield { url: 'http://10.0.0.1/onvif/device_service', model: 'known' };
      yield { url: 'http://10.0.0.1/onvif/device_service' };
      yield {
        url: 'http://10.0.0.2/onvif/device_service',
        manufacturer: 'Acme',
        model: 'Dome 5',
        serial: 'SN22',
        streams: [
          { url: 'rtsp://10.0.0.2/main', codec: 'h264', width: 1920, height: 1080, framesPerSecond: 25 },
          { url: 'rtsp://10.9.9.9/elsewhere' },
          { url: 'rtsp://10.0.0.2/sub' },
        ],
        snapshotUrl: 'http://10.0.0.2/snap.jpg',
      };
      yield { url: 'ftp://10.0.0.3/' };
      yield { url: 'http://10.0.0.4/onvif/device_service', failure: 'the device refused the credentials (401)' };
    });
    expect((await opened.ask('GET', PATH)).status).toBe(404);
    const started = await opened.ask('POST', PATH, {
      addresses: ['10.0.0.0/30', '10.0.0.9:8080'],
      credentials: { username: 'u', password_env: 'CAMERA_PASSWORD' },
      site: 'north',
    });
    expect(started.status).toBe(202);
    const job = await ended(opened);
    expect(asked).toEqual({
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.9:8080'],
      credentials: { username: 'u', password: 'pw' },
    });
    expect(job.state).toBe('done');
    const credentials = { username: 'u', password_env: 'CAMERA_PASSWORD' };
    expect(job.devices).toEqual([
      { url: 'http://10.0.0.1/onvif/device_service', model: 'known', camera: 'KNOWN' },
      {
        url: 'http://10.0.0.2/onvif/device_service',
        manufacturer: 'Acme',
        model: 'Dome 5',
        serial: 'SN22',
        proposal: {
          id: 'SN22-2',
          model: 'Acme Dome 5',
          site: 'north',
          expected: { frames_per_second: 25, width: 1920, height: 1080, codec: 'h264' },
          streams: {
            main: { url: 'rtsp://10.0.0.2/main' },
            sub: { url: 'rtsp://10.0.0.2/sub' },
            snapshot: { url: 'http://10.0.0.2/snap.jpg' },
            onvif: { url: 'http://10.0.0.2/onvif/device_service' },
          },
          credentials,
        },
      },
      {
        url: 'http://10.0.0.4/onvif/device_service',
        failure: 'the device refused the credentials (401)',
        proposal: {
          id: '10.0.0.4',
          site: 'north',
          streams: { onvif: { url: 'http://10.0.0.4/onvif/device_service' } },
          credentials,
        },
      },
    ]);
    expect(opened.room.cameras()).toHaveLength(2);
    expect((await opened.ask('POST', '/api/vedette/fleet/cameras', job.devices[1].proposal)).status).toBe(201);
    expect(opened.room.camera('SN22-2')?.streams?.main?.url).toBe('rtsp://10.0.0.2/main');
  });

  it('runs once at a time, can be ended, and ends by itself', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 5));
    const forever: FindDevices = async function* (_request, signal) {
      yield { url: 'http://10.0.0.7/onvif' };
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    };
    const opened = await open(forever, clock);
    expect((await opened.ask('POST', PATH, {})).status).toBe(202);
    expect((await opened.ask('POST', PATH, {})).json.code).toBe('CAMERA_CONFLICT');
    expect((await opened.ask('DELETE', PATH)).status).toBe(204);
    expect((await opened.ask('GET', PATH)).json).toMatchObject({
      state: 'cancelled',
      devices: [{ url: 'http://10.0.0.7/onvif' }],
    });
    await opened.ask('POST', PATH, {});
    await clock.advance(301_000);
    expect(await ended(opened)).toMatchObject({ state: 'done', error: 'not all addresses answered in time' });
  });

  it('a search that fails says so; without a searcher there is none', async () => {
    // oxlint-disable-next-line require-yield -- a search that fails before it finds anything
    const failing = await open(async function* () {
      throw new Error('no network');
    });
    await failing.ask('POST', PATH, {});
    expect(await ended(failing)).toMatchObject({ state: 'failed', error: 'no network' });
    for (const body of [
      { addresses: [] },
      { addresses: ['10.0.0.0/8'] },
      { addresses: ['localhost'] },
      { addresses: 'x' },
      { addresses: Array.from({ length: 5 }, (_, i) => `10.${i}.0.0/24`) },
      { site: 5 },
      { credentials: { password_env: 'HOME' } },
    ])
      expect((await failing.ask('POST', PATH, body)).status, JSON.stringify(body)).toBe(400);
    await failing.close();
    expect((await (await open()).ask('POST', PATH, {})).status).toBe(400);
  });
});
