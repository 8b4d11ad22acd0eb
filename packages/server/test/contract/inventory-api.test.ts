import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { InventoryHouse, type HouseOptions } from '../support/inventory-house.ts';
import { MemoryState } from '../support/memory-state.ts';

let house: InventoryHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function open(options: HouseOptions = {}): Promise<InventoryHouse> {
  house = await InventoryHouse.open(options);
  return house;
}

const CAMERAS = '/api/vedette/fleet/cameras';
const camera = (id: string) => `${CAMERAS}/${encodeURIComponent(id)}`;
const entry = (id: string) => `/api/vedette/fleet/inventory/cameras/${encodeURIComponent(id)}`;

describe('cameras over the API', () => {
  it('are made, changed and deleted, and are there after a restart', async () => {
    const state = new MemoryState();
    const first = await open({ state, user: 'ada' });
    const made = await first.ask('POST', CAMERAS, {
      id: 'Gate 1/ä',
      site: 'north',
      fps: 25,
      streams: { main: 'rtsp://10.0.0.1/1' },
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      overruled: [],
      entry: {
        camera: { id: 'Gate 1/ä', site: 'north', source: 'api', expected: { frames_per_second: 25 } },
        changed: { by: 'ada' },
      },
    });
    const revision: number = made.json.entry.revision;
    const changed = await first.ask('PATCH', camera('Gate 1/ä'), {
      revision,
      set: { site: 'south', expected: { width: 1920, frames_per_second: null }, labels: { lane: '2' } },
    });
    expect(changed.json.entry.camera).toEqual({
      id: 'Gate 1/ä',
      site: 'south',
      expected: { width: 1920 },
      labels: { lane: '2' },
      streams: { main: { url: 'rtsp://10.0.0.1/1' } },
      source: 'api',
    });
    expect(changed.json.entry.revision).toBeGreaterThan(revision);
    await first.close();

    const second = await open({ state });
    expect(second.room.camera('Gate 1/ä')?.site).toBe('south');
    expect((await second.ask('DELETE', camera('Gate 1/ä'))).status).toBe(204);
    expect(second.room.cameras()).toEqual([]);
    expect((await second.ask('DELETE', camera('Gate 1/ä'))).status).toBe(404);
    const { entries } = (await second.ask('GET', '/api/vedette/fleet/inventory/history')).json;
    expect(entries).toMatchObject([
      { by: 'anonymous', action: 'deleted' },
      {
        by: 'ada',
        action: 'changed',
        changes: [
          { field: 'expected.frames_per_second', from: 25 },
          { field: 'expected.width', to: 1920 },
          { field: 'labels.lane', to: '2' },
          { field: 'site', from: 'north', to: 'south' },
        ],
      },
      { by: 'ada', action: 'added', count: 1, cameras: ['Gate 1/ä'] },
    ]);
  });

  it('the slower of two people is told', async () => {
    const { ask } = bound(await open());
    const made = (await ask('POST', CAMERAS, { id: 'A' })).json;
    expect((await ask('PATCH', camera('A'), { revision: made.entry.revision, set: { site: 'x' } })).status).toBe(200);
    const late = await ask('PATCH', camera('A'), { revision: made.entry.revision, set: { site: 'y' } });
    expect([late.status, late.json.code]).toEqual([409, 'CAMERA_CONFLICT']);
    expect((await ask('DELETE', `${camera('A')}?revision=${made.entry.revision}`)).status).toBe(409);
    expect((await ask('POST', CAMERAS, { id: 'A' })).status).toBe(409);
    const [one, other] = await Promise.all([
      ask('POST', CAMERAS, { id: 'B', site: '1' }),
      ask('POST', CAMERAS, { id: 'B', site: '2' }),
    ]);
    expect([one.status, other.status].sort()).toEqual([201, 409]);
  });

  it('add to what files say, field by field, and say what has no effect', async () => {
    const opened = await open({
      files: {
        'c.yaml': 'cameras:\n  - {id: A, site: north, expected: {fps: 25}, streams: {main: "rtsp://10.0.0.1/1"}}\n',
      },
    });
    const { ask } = bound(opened);
    const saved = (
      await ask('PATCH', camera('A'), {
        set: { site: 'south', owner: 'ops', expected: { width: 640, frames_per_second: 5 }, plan: { x: 0.5, y: 0.5 } },
      })
    ).json;
    expect(saved.overruled.sort()).toEqual(['expected.frames_per_second', 'site']);
    expect(saved.entry.camera).toMatchObject({
      site: 'north',
      owner: 'ops',
      expected: { width: 640, frames_per_second: 25 },
      source: 'file',
    });
    expect(saved.entry.fields).toMatchObject({
      site: { source: 'file', place: 'c.yaml:2' },
      owner: { source: 'api', place: 'the API' },
    });
    const refused = await ask('DELETE', camera('A'));
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'camera "A" cannot be deleted here: it stands in c.yaml:2; take it out there',
    ]);
    opened.write('c.yaml', 'cameras: []');
    await opened.room.refresh();
    expect(opened.room.camera('A')).toMatchObject({ site: 'south', source: 'api' });
    expect((await ask('DELETE', camera('A'))).status).toBe(204);
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no id', { site: 'x' }],
    ['an id with a line break', { id: 'a\nb' }],
    ['an unknown field', { id: 'A', sitte: 'x' }],
    ['an unknown class', { id: 'A', class: 'vip' }],
    ['an address with a wrong scheme', { id: 'A', streams: { main: 'file:///etc/passwd' } }],
    ['coordinates off the map', { id: 'A', coordinates: { latitude: 91, longitude: 181 } }],
    ['a nested field that is none', { id: 'A', streams: { main: { url: 'rtsp://h/1', password: 'hunter2' } } }],
    ['a label that is taken', { id: 'A', labels: { site: 'x' } }],
    ['a schedule that is none', { id: 'A', schedule: [{ weekdays: ['someday'] }] }],
    ['too much text', { id: 'A', name: 'x'.repeat(1_000) }],
  ])('refuse %s as a whole', async (_, body) => {
    const { ask } = bound(await open());
    const answer = await ask('POST', CAMERAS, body);
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBe('CAMERA_INVALID');
    expect(house?.room.cameras()).toEqual([]);
  });

  it('are changed many at once, and listed by what they are', async () => {
    const { ask } = bound(await open());
    for (let i = 0; i < 5; i++) await ask('POST', CAMERAS, { id: `C-${i}`, site: i < 3 ? 'north' : 'south' });
    expect(
      (await ask('PATCH', CAMERAS, { cameras: { site: 'north' }, set: { switch: 'SW-1', class: 'nonsense' } })).status,
    ).toBe(400);
    expect((await ask('PATCH', CAMERAS, { cameras: {}, set: { switch: 'SW-1' } })).status).toBe(400);
    expect((await ask('PATCH', CAMERAS, { cameras: { site: 'north' }, set: { switch: 'SW-1' } })).json).toEqual({
      changed: 3,
      overruled: [],
    });
    const listed = (await ask('GET', `${CAMERAS}?switch=SW-1&limit=2&offset=1`)).json;
    expect([listed.total, listed.cameras.map(({ id }: { id: string }) => id)]).toEqual([5, ['C-1', 'C-2']]);
    expect((await ask('GET', `${CAMERAS}?q=c-4`)).json.cameras).toHaveLength(1);
    expect((await ask('GET', `${CAMERAS}?limit=x`)).status).toBe(400);
    const { headers } = await ask('GET', CAMERAS);
    const again = await house?.app.inject({
      method: 'GET',
      url: CAMERAS,
      headers: { 'if-none-match': String(headers.etag) },
    });
    expect(again?.statusCode).toBe(304);
  });

  it('come from a file that somebody sends, tried first', async () => {
    const { ask } = bound(await open());
    const csv = 'id;site;class\nA;north;traffic\nB;south;nonsense\nA;twice;\n';
    const upload = '/api/vedette/fleet/inventory/upload';
    const tried = (await ask('POST', `${upload}?dry_run=true`, csv, 'text/csv')).json;
    expect(tried).toMatchObject({ dry_run: true, added: 2, changed: 0, problems: [{ line: 3 }, { camera: 'A' }] });
    expect(house?.room.cameras()).toEqual([]);
    expect((await ask('POST', upload, csv, 'text/csv')).json).toMatchObject({ dry_run: false, added: 2 });
    expect(
      (await ask('POST', upload, 'cameras: [{id: A, site: north}, {id: B, site: west}]', 'application/yaml')).json,
    ).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
    expect(house?.room.camera('B')?.site).toBe('west');
    for (const type of ['application/octet-stream', 'text/plain', ''])
      expect(
        (await ask('POST', upload, '# mine\ncameras:\n  - {id: A, site: north}\n', type)).json,
        type,
      ).toMatchObject({
        unchanged: 1,
        problems: [],
      });
    expect((await ask('POST', upload, 'groups: [{site: x, csv: /etc/passwd}]', 'application/yaml')).json).toMatchObject(
      { added: 0, problems: [{ message: 'csv: a group that is sent cannot name a file' }] },
    );
    expect((await ask('POST', upload, { a: 1 })).status).toBe(400);
  });
});

describe('maintenance', () => {
  it('is planned for many cameras at once, also for those that come later, and ended early', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 5, 12));
    const { ask } = bound(await open({ clock }));
    for (const id of ['A', 'B']) await ask('POST', CAMERAS, { id, site: 'north' });
    await ask('POST', CAMERAS, { id: 'C', site: 'south' });
    const planned = await ask('POST', '/api/vedette/fleet/maintenance', {
      cameras: { site: 'north' },
      duration: '2h',
      reason: 'switch swap',
    });
    expect([planned.status, planned.json.count, planned.json.state]).toEqual([201, 2, 'active']);
    await ask('POST', CAMERAS, { id: 'D', site: 'north' });
    const inMaintenance = () =>
      house?.room
        .cameras()
        .filter((one) => house?.room.expectation(one, clock.now()).maintenance)
        .map(({ id }) => id);
    expect(inMaintenance()).toEqual(['A', 'B', 'D']);
    expect(house?.room.camera('A')?.maintenance).toEqual([
      { from: '2026-01-05T12:00:00.000Z', to: '2026-01-05T14:00:00.000Z', reason: 'switch swap', id: planned.json.id },
    ]);
    await clock.advance(3_600_000);
    expect((await ask('DELETE', `/api/vedette/fleet/maintenance/${planned.json.id}`)).status).toBe(204);
    expect(inMaintenance()).toEqual([]);
    const [window] = (await ask('GET', '/api/vedette/fleet/maintenance')).json.windows;
    expect(window).toMatchObject({ to: '2026-01-05T13:00:00.000Z', state: 'ended', by: 'anonymous' });
    for (const body of [
      {},
      { cameras: { site: 'north' } },
      { cameras: { site: 'nowhere' }, duration: '1h' },
      { cameras: { site: 'north' }, from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      { cameras: { site: 'north' }, from: '2026-01-02', duration: '1h' },
    ])
      expect((await ask('POST', '/api/vedette/fleet/maintenance', body)).status, JSON.stringify(body)).toBe(400);
  });

  it('a schedule says when a camera is expected, over midnight too', async () => {
    const { room } = await open({
      files: { 'c.yaml': 'cameras: [{id: A, schedule: "fri 22:00-06:00 Europe/Berlin"}, {id: B}]' },
    });
    const at = (text: string) => room.cameras().map((one) => room.expectation(one, Date.parse(text)).scheduled);
    expect(at('2026-01-09T22:30:00+01:00')).toEqual([true, true]);
    expect(at('2026-01-10T05:59:00+01:00')).toEqual([true, true]);
    expect(at('2026-01-10T06:00:00+01:00')).toEqual([false, true]);
    expect(at('2026-01-09T05:00:00+01:00')).toEqual([false, true]);
  });
});

describe('credentials by reference', () => {
  const password = 'pä ss:word';
  const yaml = `cameras:
  - {id: env, url: "rtsp://10.0.0.1/1", credentials: {username: viewer, password_env: NVR}}
  - {id: file, url: "rtsp://10.0.0.2/1", credentials: {password_file: secret}}
  - {id: missing, url: "rtsp://10.0.0.3/1", credentials: {username: a, password_env: NOT_SET}}
  - {id: none, url: "rtsp://10.0.0.4/1"}
`;

  it('are read at the moment of use, from the environment or a file beside the inventory', async () => {
    const { room, folder } = await open({ files: { 'c.yaml': yaml }, environment: { NVR: password } });
    writeFileSync(join(folder, 'secret'), `admin:${password}\n`);
    const credentials = (id: string) => {
      const found = room.camera(id);
      return found && room.credentials(found);
    };
    expect(credentials('env')).toEqual({ username: 'viewer', password });
    expect(credentials('file')).toEqual({ username: 'admin', password });
    writeFileSync(join(folder, 'secret'), 'admin:rotated');
    expect(credentials('file')).toEqual({ username: 'admin', password: 'rotated' });
    expect(credentials('none')).toBeUndefined();
    expect(() => credentials('missing')).toThrow(
      'the environment variable NOT_SET is not set; set it where Vedette is started',
    );
    writeFileSync(join(folder, 'secret'), 'onlyapassword');
    expect(() => credentials('file')).toThrow(/holds no user:password/);
    expect(() => credentials('file')).not.toThrow(/onlyapassword/);
  });

  it('over the API name only what is allowed there', async () => {
    const opened = await open({
      config: { credentials_folder: 'secrets' },
      environment: { CAMERA_1: 'x', HOME: '/root' },
    });
    const { ask } = bound(opened);
    mkdirSync(join(opened.folder, 'secrets'));
    writeFileSync(join(opened.folder, 'secrets/north'), 'a:b');
    writeFileSync(join(opened.folder, 'outside'), 'a:b');
    symlinkSync(join(opened.folder, 'outside'), join(opened.folder, 'secrets/link'));
    const make = (id: string, credentials: unknown) =>
      ask('POST', CAMERAS, { id, streams: { main: 'rtsp://10.0.0.1/1' }, credentials });
    expect((await make('A', { username: 'u', password_env: 'CAMERA_1' })).status).toBe(201);
    expect((await make('B', { password_file: 'north' })).status).toBe(201);
    for (const reference of [
      { password_env: 'HOME' },
      { password_file: '/etc/passwd' },
      { password_file: '../outside' },
      { password_file: 'secrets/north' },
      { password: 'x' },
      { password_env: 'CAMERA_1', password_file: 'north' },
    ])
      expect((await make('X', reference)).status, JSON.stringify(reference)).toBe(400);
    const b = opened.room.camera('B');
    expect(b && opened.room.credentials(b)).toEqual({ username: 'a', password: 'b' });
    // What was answered may be sent again.
    expect((await ask('PATCH', camera('B'), { set: { credentials: b?.credentials } })).status).toBe(200);
    await make('L', { password_file: 'link' });
    const link = opened.room.camera('L');
    expect(() => link && opened.room.credentials(link)).toThrow(/is not inside/);
  });

  it('do not go to an address that a weaker source gives', async () => {
    const opened = await open({
      files: { 'c.yaml': yaml.replace('url: "rtsp://10.0.0.1/1", ', '') },
      environment: { NVR: password },
    });
    const { ask } = bound(opened);
    await ask('PATCH', camera('env'), { set: { streams: { main: 'rtsp://evil.example/1' } } });
    await ask('PATCH', camera('file'), {
      set: { streams: { sub: 'rtsp://10.0.0.2/2', onvif: 'http://evil.example/onvif' } },
    });
    writeFileSync(join(opened.folder, 'secret'), 'admin:b');
    const [env, file] = [opened.room.camera('env'), opened.room.camera('file')];
    expect(env?.streams?.main?.url).toBe('rtsp://evil.example/1');
    expect(env && opened.room.credentials(env)).toBeUndefined();
    expect(file && opened.room.credentials(file)).toBeDefined();
    expect(file && opened.room.credentials(file, 'sub')).toBeDefined();
    expect(file && opened.room.credentials(file, 'onvif')).toBeUndefined();
  });
});

describe('series of the inventory', () => {
  it('are a page that Prometheus reads', async () => {
    const opened = await open({
      files: {
        'c.yaml':
          'cameras:\n  - {id: \'a\', name: "say \\"x\\" \\\\ y", site: north, fps: 25, labels: {lane: "1"}, maintenance: [{from: 2026-01-05T00:00:00Z, to: 2026-01-06T00:00:00Z}]}\n  - {id: b, schedule: sat}\n',
      },
    });
    const text = await opened.room.collector.collect(AbortSignal.timeout(1_000));
    expect(text.split('\n').filter((line) => !line.startsWith('#') && line !== '')).toEqual([
      'camera_info{camera_id="a",name="say \\"x\\" \\\\ y",site="north",source="file",lane="1"} 1',
      'camera_info{camera_id="b",source="file"} 1',
      'camera_expected_fps{camera_id="a"} 25',
      'camera_maintenance{camera_id="a"} 1',
      'camera_maintenance{camera_id="b"} 0',
      'camera_scheduled{camera_id="a"} 1',
      'camera_scheduled{camera_id="b"} 0',
    ]);
    expect(await opened.registry.metrics()).toContain('vedette_inventory_cameras{source="file"} 2');
  });
});

describe('a simulation', () => {
  it('gives cameras below files and the API', async () => {
    const opened = await open({ files: { 'c.yaml': 'cameras: [{id: A, site: real}]' } });
    opened.room.simulated([
      { id: 'A', site: 'simulated', name: 'n' },
      { id: 'S', streams: { main: { url: 'rtsp://127.0.0.1:1/1' } } },
    ]);
    expect(opened.room.cameras()).toEqual([
      { id: 'A', site: 'real', name: 'n', source: 'file' },
      { id: 'S', streams: { main: { url: 'rtsp://127.0.0.1:1/1' } }, source: 'simulation' },
    ]);
    opened.room.simulated([]);
    expect(opened.room.cameras()).toHaveLength(1);
  });
});

function bound(of: InventoryHouse) {
  return { ask: of.ask.bind(of) };
}

describe('who says what', () => {
  it('is answered for each camera', async () => {
    const { ask } = bound(await open({ files: { 'c.csv': 'id,site\nA,north\n' } }));
    expect((await ask('GET', entry('A'))).json).toEqual({
      camera: { id: 'A', site: 'north', source: 'file' },
      revision: 0,
      fields: { site: { source: 'file', place: 'c.csv:2' } },
      kept_by: 'it stands in c.csv:2; take it out there',
    });
    expect((await ask('GET', entry('B'))).status).toBe(404);
  });
});
