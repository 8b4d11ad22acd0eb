import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toldAddress } from '../../src/fleet/inventory/read-address.ts';
import { InventoryHouse } from '../support/inventory-house.ts';
import { JsonServer } from '../support/json-server.ts';
import { MemoryState } from '../support/memory-state.ts';

/** Each place that a password is written to by mistake has one of its own, so that a leak says where it came from. */
const planted: string[] = [];
const secret = (place: string): string => {
  const word = `Pw9${place}Zq`;
  planted.push(word);
  return word;
};

const YAML = `
defaults: {credentials: {username: u, password: ${secret('DefaultPassword')}}}
templates:
  t: {streams: {sub: "rtsp://u:${secret('Template')}@{address}/1"}}
cameras:
  - id: A
    url: rtsp://admin:${secret('Url')}@10.0.0.1/1
  - id: B
    url: rtsp://10.0.0.2/user=admin_password=${secret('Path')}_channel=1
    streams: {sub: "http://10.0.0.2/v?user=a&pwd=${secret('Query')}", snapshot: "http://10.0.0.2/s?token=${secret('Token')}"}
  - id: C
    url: rtsp://admin:${secret('Hash')}#1@10.0.0.3/1
  - id: D
    url: "rtsp://admin:12/${secret('Slash')}@10.0.0.4/1"
  - id: E
    url: "admin:${secret('NoScheme')}@10.0.0.5"
  - id: F
    url: "rtsp://admin:${secret('Blank')} x@10.0.0.6/1"
  - id: G
    password: ${secret('Key')}
    labels: {password: ${secret('Label')}}
    credentials: {username: u, password_env: "${secret('NotAName')}!"}
  - id: H
    credentials: {username: u, pass: ${secret('Pass')}}
  - id: I
    template: t
    address: 10.0.0.9
  - id: J
    url: [ "rtsp://u:${secret('List')}@h/1
`;
const CSV = `id,url,password,name
K,rtsp://u:${secret('CsvUrl')}@10.0.0.1/1,${secret('CsvColumn')},k
L,"rtsp://u:${secret('CsvQuote')}@10.0.0.1/1,x,y
M,rtsp://10.0.0.1/1,${secret('CsvMore')},z,rtsp://u:${secret('CsvExtra')}@h/1
`;

describe('a planted password', () => {
  it('is in no answer, log line, series, export, stored value or error', async () => {
    const state = new MemoryState();
    const seen: string[] = [];
    const server = await JsonServer.open({
      '/api/streams': {
        told: { producers: [{ url: `rtsp://admin:${secret('Told')}@10.0.1.1/1` }] },
        path: { producers: [{ url: `rtsp://10.0.1.2/password=${secret('ToldPath')}/1` }] },
        odd: {
          producers: [
            { url: `rtsp://admin:12#${secret('ToldHash')}@10.0.1.3/1` },
            { url: `onvif://admin:12/${secret('ToldOnvif')}@10.0.1.3` },
          ],
        },
        [`rtsp://u:${secret('StreamName')}@h/1`]: { producers: [] },
      },
      '/broken/api/streams': `{"a": "${secret('BrokenJson')}`,
      '/api/config': {
        mqtt: { password: secret('Mqtt') },
        cameras: {
          f: {
            enabled: true,
            onvif: { host: '10.0.1.9', port: 80, password: secret('FrigateOnvif') },
            ffmpeg: { inputs: [{ path: `rtsp://a:${secret('FrigatePath')}@10.0.1.9/1?x=${'y'}`, roles: ['record'] }] },
          },
        },
      },
      '/v3/config/paths/list': {
        items: [{ name: 'm', source: `rtsp://a:${secret('Mediamtx')}@10.0.1.8/1`, readPass: secret('ReadPass') }],
      },
      '/v3/paths/list': { items: [] },
    });
    const house = await InventoryHouse.open({
      state,
      files: { 'c.yaml': YAML, 'c.csv': CSV },
      environment: { CAMERA_X: secret('Environment') },
      config: {
        files: ['c.yaml', 'c.csv'],
        imports: [
          { kind: 'go2rtc', url: server.url, basic_auth: { username: 'u', password: secret('BasicAuth') } },
          { kind: 'go2rtc', name: 'broken', url: `${server.url}/broken`, bearer_token: secret('Bearer') },
          { kind: 'frigate', url: server.url },
          { kind: 'mediamtx', url: server.url },
        ],
      },
      findDevices: async function* () {
        yield {
          url: `http://u:${secret('FoundUrl')}@10.0.2.1/onvif`,
          streams: [{ url: `rtsp://u:${secret('FoundStream')}@10.0.2.1/1` }],
          snapshotUrl: `http://10.0.2.1/s?pwd=${secret('FoundSnapshot')}`,
        };
      },
    });
    const ask = async (...given: Parameters<InventoryHouse['ask']>) => {
      const answer = await house.ask(...given);
      seen.push(answer.body, JSON.stringify(answer.headers));
      return answer;
    };
    for (const name of ['go2rtc', 'broken', 'frigate', 'mediamtx'])
      await ask('POST', `/api/vedette/fleet/inventory/imports/${name}/run`);
    const body = (place: string, fields: object) => ({ id: place, ...fields });
    await ask('POST', '/api/vedette/fleet/cameras', body('a1', { url: `rtsp://u:${secret('ApiUrl')}@h/1` }));
    await ask('POST', '/api/vedette/fleet/cameras', body('a2', { password: secret('ApiPassword') }));
    await ask(
      'POST',
      '/api/vedette/fleet/cameras',
      body('a3', { credentials: { username: 'u', password: secret('ApiCredentials') } }),
    );
    await ask(
      'POST',
      '/api/vedette/fleet/cameras',
      body('a4', { streams: { main: { url: 'rtsp://10.0.3.1/1', password: secret('ApiStream') } } }),
    );
    await ask(
      'POST',
      '/api/vedette/fleet/cameras',
      body('a5', { url: 'rtsp://10.0.3.2/1', credentials: { username: 'u', password_env: 'CAMERA_X' } }),
    );
    await ask('PATCH', '/api/vedette/fleet/cameras/a5', {
      set: { streams: { sub: `rtsp://u:${secret('ApiPatch')}@h/1` } },
    });
    await ask('PATCH', '/api/vedette/fleet/cameras', {
      cameras: { ids: ['a5'] },
      set: { url: `http://h/?passwd=${secret('ApiBulk')}` },
    });
    await ask(
      'POST',
      '/api/vedette/fleet/inventory/upload',
      `id;url;passwort\nu1;rtsp://u:${secret('Upload')}@h/1;${secret('UploadColumn')}\n`,
      'text/csv',
    );
    await ask('POST', '/api/vedette/fleet/discovery', {
      addresses: ['10.0.2.1'],
      credentials: { username: 'u', password_env: 'CAMERA_X' },
    });
    await ask('POST', '/api/vedette/fleet/discovery', {
      credentials: { username: 'u', password: secret('DiscoveryPassword') },
    });
    for (const url of [
      'cameras',
      'discovery',
      'maintenance',
      'plans',
      'inventory/problems',
      'inventory/imports',
      'inventory/history',
      'inventory/export?format=csv',
      'inventory/export?format=yaml',
      ...house.room.cameras().map(({ id }) => `inventory/cameras/${encodeURIComponent(id)}`),
    ])
      expect((await ask('GET', `/api/vedette/fleet/${url}`)).status, url).toBe(200);
    seen.push(
      await house.room.collector.collect(AbortSignal.timeout(1_000)),
      await house.registry.metrics(),
      ...house.logged,
      JSON.stringify(house.room.problems()),
      state.dump(),
    );

    // They are known where they are needed, and only there.
    const told = house.room.camera('told');
    expect(told && house.room.credentials(told)?.password).toMatch(/^Pw9Told/);
    const a5 = house.room.camera('a5');
    expect(a5 && house.room.credentials(a5)?.password).toMatch(/^Pw9Environment/);
    const everything = seen.join('\n');
    expect(everything).toContain('10.0.1.1');
    expect(planted.filter((word) => everything.includes(word))).toEqual([]);
    expect(planted.length).toBeGreaterThan(40);
    await house.close();
    await server.close();
  });

  it('is taken out of any address that a server tells, whatever signs it holds', () => {
    const sign = fc.constantFrom('#', '/', '?', '@', ':', '%', '&', '=', ' ', '1', 'ä', '[', ']', '\\');
    fc.assert(
      fc.property(
        fc.array(sign, { maxLength: 4 }),
        fc.array(sign, { maxLength: 4 }),
        fc.constantFrom('', ':8554'),
        (before, behind, port) => {
          const password = `${before.join('')}Secret${behind.join('')}`;
          const told = toldAddress(`rtsp://admin:${password}@10.0.0.1${port}/stream1`, 'main');
          expect(told?.url ?? '').not.toContain('Secret');
          if (told?.credentials) expect(told.url).toBe(`rtsp://10.0.0.1${port}/stream1`);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
