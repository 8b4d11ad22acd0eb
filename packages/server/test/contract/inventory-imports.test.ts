import { afterEach, describe, expect, it } from 'vitest';
import { InventoryHouse, type HouseOptions } from '../support/inventory-house.ts';
import { JsonServer } from '../support/json-server.ts';
import { MemoryState } from '../support/memory-state.ts';

let house: InventoryHouse | undefined;
const servers: JsonServer[] = [];
afterEach(async () => {
  await house?.close();
  house = undefined;
  for (const server of servers.splice(0)) await server.close();
});

async function open(options: HouseOptions): Promise<InventoryHouse> {
  house = await InventoryHouse.open(options);
  return house;
}

async function serve(answers: Record<string, unknown>): Promise<JsonServer> {
  const server = await JsonServer.open(answers);
  servers.push(server);
  return server;
}

const run = async (of: InventoryHouse, name: string) =>
  (await of.ask('POST', `/api/vedette/fleet/inventory/imports/${name}/run`)).json;

const frigate = (cameras: Record<string, unknown>, streams: Record<string, unknown> = {}) => ({
  '/api/config': { cameras, go2rtc: { streams } },
  '/api/stats': { cameras },
});
const input = (path: string, ...roles: string[]) => ({ path, roles });

describe('an import from Frigate', () => {
  it('takes cameras by the roles of their inputs, also behind its own go2rtc', async () => {
    const server = await serve(
      frigate(
        {
          gate: {
            enabled: true,
            friendly_name: 'Main gate',
            ffmpeg: {
              inputs: [
                input('rtsp://*:*@10.0.0.1:554/sub', 'detect'),
                input('rtsp://*:*@10.0.0.1:554/main', 'record', 'audio'),
              ],
            },
            onvif: { host: '10.0.0.1', port: 8000, user: 'admin', password: '*' },
          },
          yard: { enabled: false, ffmpeg: { inputs: [input('rtsp://127.0.0.1:8554/yard', 'detect', 'record')] } },
          roof: { enabled: true, ffmpeg: { inputs: [input('/dev/video0', 'detect')] } },
        },
        { yard: ['ffmpeg:rtsp://*:*@10.0.0.2/main#video=h264', 'exec:nothing'] },
      ),
    );
    const opened = await open({
      config: {
        imports: [
          {
            kind: 'frigate',
            name: 'north',
            url: server.url,
            site: 'north',
            class: 'evidence',
            labels: { lane: '1' },
            credentials: { username: 'viewer', password_env: 'NVR' },
          },
        ],
      },
      environment: { NVR: 'x' },
    });
    expect(await run(opened, 'north')).toMatchObject({ cameras: 3, gone: 0, added: 3, changed: 0, url: server.url });
    const shared = {
      site: 'north',
      recorder: 'north',
      class: 'evidence',
      labels: { lane: '1' },
      credentials: { username: 'viewer', password_env: 'NVR' },
      source: 'frigate',
    };
    expect(opened.room.cameras()).toEqual([
      {
        id: 'gate',
        ...shared,
        name: 'Main gate',
        known_as: [{ import: 'north', kind: 'frigate', name: 'gate' }],
        streams: {
          main: { url: 'rtsp://10.0.0.1:554/main' },
          sub: { url: 'rtsp://10.0.0.1:554/sub' },
          onvif: { url: 'http://10.0.0.1:8000/onvif/device_service' },
        },
      },
      { id: 'roof', ...shared, known_as: [{ import: 'north', kind: 'frigate', name: 'roof' }], probe: false },
      {
        id: 'yard',
        ...shared,
        known_as: [{ import: 'north', kind: 'frigate', name: 'yard' }],
        streams: { main: { url: 'rtsp://10.0.0.2/main' } },
        probe: false,
      },
    ]);
    const gate = opened.room.camera('gate');
    expect(gate && opened.room.credentials(gate)).toEqual({ username: 'viewer', password: 'x' });
  });

  it('keeps in step: added, changed, gone with a mark, and back again', async () => {
    const inputs = (host: string) => ({ enabled: true, ffmpeg: { inputs: [input(`rtsp://${host}/1`, 'record')] } });
    const server = await serve(frigate({ a: inputs('10.0.0.1'), b: inputs('10.0.0.2') }));
    const state = new MemoryState();
    const config: HouseOptions['config'] = { imports: [{ kind: 'frigate', url: server.url }] };
    const first = await open({ config, state });
    await run(first, 'frigate');
    Object.assign(server.answers, frigate({ a: inputs('10.0.0.9'), c: inputs('10.0.0.3') }));
    expect(await run(first, 'frigate')).toMatchObject({ cameras: 2, gone: 1, added: 1, changed: 1 });
    expect(first.room.cameras().map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(first.room.camera('a')?.streams?.main?.url).toBe('rtsp://10.0.0.9/1');
    expect(first.room.camera('b')?.known_as).toEqual([
      { import: 'frigate', kind: 'frigate', name: 'b', gone_since: '2026-01-05T12:00:00.000Z' },
    ]);
    const refused = await first.ask('DELETE', '/api/vedette/fleet/cameras/a');
    expect(refused.json.message).toMatch(/the import frigate lists it as "a"/);
    await first.close();

    // The recorder is off when Vedette starts: nothing is forgotten.
    server.answers['/api/config'] = 500;
    const second = await open({ config, state });
    expect(await run(second, 'frigate')).toMatchObject({
      cameras: 2,
      gone: 1,
      error: expect.stringMatching(/^\/api\/config: server returned HTTP status 500/),
    });
    expect(second.room.cameras()).toHaveLength(3);
    expect(second.room.problems()[0]).toMatchObject({
      place: 'import frigate',
      remedy: 'its cameras are kept as they were',
    });
    Object.assign(server.answers, frigate({ a: inputs('10.0.0.9'), b: inputs('10.0.0.2'), c: inputs('10.0.0.3') }));
    expect(await run(second, 'frigate')).toMatchObject({ cameras: 3, gone: 0, added: 1 });
    expect(second.room.problems()).toEqual([]);
    Object.assign(server.answers, frigate({ b: inputs('10.0.0.2') }));
    await run(second, 'frigate');
    expect((await second.ask('DELETE', '/api/vedette/fleet/cameras/a')).status).toBe(204);
    expect(second.room.cameras().map(({ id }) => id)).toEqual(['b', 'c']);
    const { entries } = (await second.ask('GET', '/api/vedette/fleet/inventory/history')).json;
    expect(
      entries.map(
        ({ by, action, cameras }: { by: string; action: string; cameras: string[] }) =>
          `${by} ${action} ${cameras.join()}`,
      ),
    ).toEqual([
      'anonymous deleted a',
      'import frigate gone a,c',
      'import frigate returned b',
      'import frigate gone b',
      'import frigate changed a',
      'import frigate added c',
      'import frigate added a,b',
    ]);

    // An import that is configured no more leaves its cameras, marked.
    await second.room.apply({ config: second.config({}), baseDirectory: second.folder });
    expect(second.room.camera('b')?.known_as?.[0]?.gone_since).toBeDefined();
  });

  it('knows names alone where the configuration is not shown', async () => {
    const server = await serve({ '/api/config': 403, '/api/stats': { cameras: { a: { camera_fps: 5 } } } });
    const opened = await open({ config: { imports: [{ kind: 'frigate', url: server.url }] } });
    await run(opened, 'frigate');
    expect(opened.room.cameras()).toMatchObject([{ id: 'a', probe: false }]);
    expect(opened.room.problems()).toHaveLength(1);
  });
});

describe('an import from MediaMTX', () => {
  it('takes configured and running paths, page by page', async () => {
    const server = await serve({
      '/v3/config/paths/list': {
        pageCount: 1,
        items: [
          { name: 'all_others', source: 'publisher' },
          { name: '~^cam(\\d+)$', source: 'publisher' },
          { name: 'gate', source: 'rtsp://admin:s3cret@10.0.0.1/1', rtspTransport: 'udp' },
          { name: 'push', source: 'publisher' },
        ],
      },
      '/v3/paths/list': {
        pageCount: 1,
        items: [
          { name: 'gate', ready: true },
          { name: 'cam7', ready: true, source: { type: 'rtspSession', id: 'x' } },
        ],
      },
    });
    const opened = await open({
      config: {
        imports: [
          {
            kind: 'mediamtx',
            url: server.url,
            ignore: ['test*'],
            basic_auth: { username: 'api', password: 'apipass' },
          },
        ],
      },
    });
    await run(opened, 'mediamtx');
    expect(opened.room.cameras().map(({ id, streams, credentials }) => [id, streams?.main, credentials])).toEqual([
      ['cam7', { url: 'rtsp://127.0.0.1:8554/cam7' }, undefined],
      ['gate', { url: 'rtsp://10.0.0.1/1', transport: 'udp' }, { username: 'admin', in_memory: true }],
      ['push', { url: 'rtsp://127.0.0.1:8554/push' }, undefined],
    ]);
    const gate = opened.room.camera('gate');
    expect(gate && opened.room.credentials(gate)).toEqual({ username: 'admin', password: 's3cret' });
    expect(server.asked[0]).toBe('/v3/config/paths/list?page=0&itemsPerPage=1000');
    expect(server.authorization[0]).toBe(`Basic ${Buffer.from('api:apipass').toString('base64')}`);
    // A file that gives another address does not get what was told for this one.
    await opened.ask('PATCH', '/api/vedette/fleet/cameras/gate', {
      set: { streams: { main: 'rtsp://evil.example/1' } },
    });
    const moved = opened.room.camera('gate');
    expect(moved?.streams?.main?.url).toBe('rtsp://evil.example/1');
    expect(moved && opened.room.credentials(moved)).toBeUndefined();
  });
});

describe('a password that a server told', () => {
  it('is not stored: after a restart its camera waits for the next answer', async () => {
    const server = await serve({
      '/api/streams': { gate: { producers: [{ url: 'rtsp://admin:s3cret@10.0.0.1/1' }] } },
    });
    const state = new MemoryState();
    const config: HouseOptions['config'] = { imports: [{ kind: 'go2rtc', url: server.url }] };
    const first = await open({ config, state });
    await run(first, 'go2rtc');
    expect(first.room.camera('gate')?.probe).toBeUndefined();
    await first.close();
    expect(state.dump()).not.toContain('s3cret');
    const streams = server.answers['/api/streams'];
    server.answers['/api/streams'] = 503;
    const second = await open({ config, state });
    await run(second, 'go2rtc');
    expect(second.room.camera('gate')).toMatchObject({ probe: false, streams: { main: { url: 'rtsp://10.0.0.1/1' } } });
    server.answers['/api/streams'] = streams;
    await run(second, 'go2rtc');
    const gate = second.room.camera('gate');
    expect(gate?.probe).toBeUndefined();
    expect(gate && second.room.credentials(gate)).toEqual({ username: 'admin', password: 's3cret' });
  });
});

describe('an import from go2rtc', () => {
  it('takes streams with their sub streams, and leaves out what no probe can read', async () => {
    const server = await serve({
      '/api/streams': {
        gate: { producers: [{ url: 'ffmpeg:rtsp://admin:p%40ss@10.0.0.1/main#video=copy' }], consumers: [] },
        gate_sub: { producers: [{ url: 'rtsp://admin:p%40ss@10.0.0.1/sub' }] },
        door: {
          producers: [{ url: 'onvif://u:p@10.0.0.2:80?subtype=main' }, { url: 'rtsp://xxxxx:xxxxx@10.0.0.2/1' }],
        },
        bell: { producers: [{ url: 'tapo://secret@10.0.0.3' }] },
        'rtsp://u:secret@10.0.0.4/1': { producers: [] },
        idle: { producers: null },
      },
    });
    const opened = await open({ config: { imports: [{ kind: 'go2rtc', url: `${server.url}/` }] } });
    expect(await run(opened, 'go2rtc')).toMatchObject({ cameras: 4 });
    expect(opened.room.cameras().map(({ id, streams, probe }) => [id, streams, probe])).toEqual([
      ['bell', undefined, false],
      [
        'door',
        { onvif: { url: 'http://10.0.0.2:80/onvif/device_service' }, main: { url: 'rtsp://10.0.0.2/1' } },
        undefined,
      ],
      ['gate', { main: { url: 'rtsp://10.0.0.1/main' }, sub: { url: 'rtsp://10.0.0.1/sub' } }, undefined],
      ['idle', undefined, false],
    ]);
    const gate = opened.room.camera('gate');
    expect(gate && opened.room.credentials(gate, 'sub')).toEqual({ username: 'admin', password: 'p@ss' });
    expect(opened.room.problems().map(({ message }) => message)).toEqual([
      expect.stringMatching(/^bell: none of its sources/),
    ]);
  });
});

describe('a go2rtc at work', () => {
  it('says the same of a stream that runs, rests or is being changed', async () => {
    const resting = { producers: [{ url: 'ffmpeg:rtsp://admin:pw@10.0.0.1/main#video=copy' }], consumers: null };
    const running = {
      producers: [
        {
          id: 7,
          format_name: 'rtsp',
          protocol: 'rtsp+tcp',
          remote_addr: '10.0.0.1:554',
          source: 'ffmpeg:rtsp://admin:pw@10.0.0.1/main#video=copy',
          url: 'exec:ffmpeg -i rtsp://admin:pw@10.0.0.1/main -',
          bytes_recv: 5,
        },
      ],
      consumers: [{ id: 8 }],
    };
    const server = await serve({ '/api/streams': { gate: resting, fresh: null } });
    const opened = await open({ config: { imports: [{ kind: 'go2rtc', url: server.url }] } });
    await run(opened, 'go2rtc');
    const before = opened.room.cameras();
    expect(before).toMatchObject([{ id: 'gate', streams: { main: { url: 'rtsp://10.0.0.1/main' } } }]);
    const { version } = opened.room;
    for (const stream of [running, null, resting, null]) {
      server.answers['/api/streams'] = { gate: stream };
      expect(await run(opened, 'go2rtc')).toMatchObject({ cameras: 1, gone: 0, changed: 0 });
    }
    expect(opened.room.version).toBe(version);
    const [gate] = opened.room.cameras();
    expect(gate && opened.room.credentials(gate)).toEqual({ username: 'admin', password: 'pw' });
  });
});

describe('imports and other sources', () => {
  it('find their camera by mapping, by address, by id; else they make one', async () => {
    const server = await serve({
      '/api/streams': {
        one: { producers: [{ url: 'rtsp://10.0.0.1:554/a/' }] },
        two: { producers: [{ url: 'rtsp://10.9.9.9/b' }] },
        'C-3': { producers: [] },
        four: { producers: [] },
      },
    });
    const opened = await open({
      files: {
        'c.yaml':
          'cameras:\n  - {id: C-1, site: file, url: "rtsp://10.0.0.1/a"}\n  - {id: C-2, url: "rtsp://10.0.0.2/b"}\n  - {id: C-3, owner: me}\n',
      },
      config: {
        files: ['c.yaml'],
        imports: [
          { kind: 'go2rtc', url: server.url, site: 'import', owner: 'import', mapping: { two: 'C-2' }, id: 'g-{name}' },
          { kind: 'go2rtc', name: 'plain', url: server.url },
        ],
      },
    });
    await run(opened, 'go2rtc');
    await run(opened, 'plain');
    const view = opened.room
      .cameras()
      .map(({ id, site, owner, known_as: known }) => [
        id,
        site,
        owner,
        known?.map((one) => `${one.import}:${one.name}`).join(),
      ]);
    expect(view).toEqual([
      ['C-1', 'file', 'import', 'go2rtc:one,plain:one'],
      ['C-2', 'import', 'import', 'go2rtc:two,plain:two'],
      ['C-3', undefined, 'me', 'plain:C-3'],
      ['four', undefined, undefined, 'plain:four'],
      ['g-C-3', 'import', 'import', 'go2rtc:C-3'],
      ['g-four', 'import', 'import', 'go2rtc:four'],
    ]);
    expect(opened.room.camera('C-2')?.streams?.main?.url).toBe('rtsp://10.0.0.2/b');
  });

  it('of two recorders with a camera of the same name, each keeps its own', async () => {
    const camera = (host: string) =>
      frigate({ door: { enabled: true, ffmpeg: { inputs: [input(`rtsp://${host}/1`, 'record')] } } });
    const [north, south] = [await serve(camera('10.1.0.1')), await serve(camera('10.2.0.1'))];
    const opened = await open({
      config: {
        imports: [
          { kind: 'frigate', name: 'north', url: north.url },
          { kind: 'frigate', name: 'south', url: south.url },
        ],
      },
    });
    await run(opened, 'north');
    await run(opened, 'south');
    await run(opened, 'north');
    expect(
      opened.room
        .cameras()
        .map(({ id, streams }) => [id, streams?.main?.url])
        .sort(),
    ).toEqual([
      [expect.stringMatching(/^door$/), expect.stringMatching(/^rtsp:\/\/10\.[12]\.0\.1\/1$/)],
      [expect.stringMatching(/^(?:north|south)-door$/), expect.stringMatching(/^rtsp:\/\/10\.[12]\.0\.1\/1$/)],
    ]);
  });

  it.each([
    ['no JSON', '<html>hello</html>', /did not answer JSON/],
    ['another shape', { hello: [1, 2] }, /is no list of streams/],
    ['nothing there', 404, /no such address/],
    ['a wrong password', 401, /wants a user/],
    ['a redirect loop', 500, /500/],
  ])('%s is told and takes nothing away', async (_, answer, message) => {
    const server = await serve({ '/api/streams': { a: { producers: [] } } });
    const opened = await open({ config: { imports: [{ kind: 'go2rtc', url: server.url }] } });
    await run(opened, 'go2rtc');
    server.answers['/api/streams'] = answer;
    const status = await run(opened, 'go2rtc');
    expect(status.error).toMatch(message);
    expect(opened.room.cameras()).toHaveLength(1);
  });

  it('a server that cannot be reached is a sentence', async () => {
    const opened = await open({ config: { imports: [{ kind: 'go2rtc', url: 'http://127.0.0.1:9' }] } });
    expect((await run(opened, 'go2rtc')).error).toMatch(/refused|connect/i);
    expect((await opened.ask('POST', '/api/vedette/fleet/inventory/imports/none/run')).status).toBe(404);
    expect(await opened.registry.metrics()).toContain('vedette_inventory_import_success{import="go2rtc"} 0');
  });
});
