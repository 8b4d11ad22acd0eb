import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Camera } from '@vedette/wire/http';
import { afterEach, describe, expect, it } from 'vitest';
import { InventoryHouse, type HouseOptions } from '../support/inventory-house.ts';

let house: InventoryHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function open(options: HouseOptions): Promise<InventoryHouse> {
  house = await InventoryHouse.open(options);
  return house;
}

const files = (name: string, text: string | Uint8Array): HouseOptions => ({ files: { [name]: text } });
const problems = (of: InventoryHouse): string[] =>
  of.room.problems().map(({ place, line, message, remedy }) => `${place}:${line}: ${message}; ${remedy}`);

describe('an inventory in YAML', () => {
  it('reads every field, in long and in short', async () => {
    const { room, folder } = await open(
      files(
        'cameras.yaml',
        `
cameras:
  - id: N-001
    name: Gantry north, lane 1
    site: north
    recorder: nvr-1
    switch: SW-3
    port: 12
    class: Evidence
    model: DS-2CD2087
    owner: traffic office
    expected: {frames_per_second: 25, width: 1920, height: 1080, codec: H.265, keyframe_interval_seconds: 2}
    streams:
      main: {url: "rtsps://10.1.0.11/1", transport: TCP, insecure_tls: yes}
      sub: rtsp://10.1.0.11/2
      snapshot: http://10.1.0.11/snap.jpg
      onvif: http://10.1.0.11/onvif/device_service
    credentials: {username: viewer, password_file: secrets/north}
    coordinates: {latitude: 52.5163, longitude: 13.3777}
    plan: {x: 0.25, y: 0.75}
    schedule: [{weekdays: ["monday:friday"], times: [{start_time: "06:00", end_time: "22:00"}], location: Europe/Berlin}]
    maintenance: [{from: "2026-03-01T22:00:00+01:00", to: "2026-03-02T04:00:00+01:00", reason: new lens}]
    labels: {lane: "1"}
    probe: true
  - id: 0012
    url: rtsp://10.1.0.12/1
    fps: 12,5
    resolution: 4K
    coordinates: 52,5163 13,3777
    schedule: mon-fri 08:00-18:00
    credentials: env:CAMERA_PASSWORD
`,
      ),
    );
    expect(problems(house as InventoryHouse)).toEqual([]);
    const first: Camera = {
      id: 'N-001',
      name: 'Gantry north, lane 1',
      site: 'north',
      recorder: 'nvr-1',
      switch: 'SW-3',
      port: '12',
      class: 'evidence',
      model: 'DS-2CD2087',
      owner: 'traffic office',
      expected: { frames_per_second: 25, width: 1920, height: 1080, codec: 'h265', keyframe_interval_seconds: 2 },
      streams: {
        main: { url: 'rtsps://10.1.0.11/1', transport: 'tcp', insecure_tls: true },
        sub: { url: 'rtsp://10.1.0.11/2' },
        snapshot: { url: 'http://10.1.0.11/snap.jpg' },
        onvif: { url: 'http://10.1.0.11/onvif/device_service' },
      },
      credentials: { username: 'viewer', password_file: join(folder, 'secrets/north') },
      coordinates: { latitude: 52.5163, longitude: 13.3777 },
      plan: { x: 0.25, y: 0.75 },
      schedule: [
        { weekdays: ['monday:friday'], times: [{ start_time: '06:00', end_time: '22:00' }], location: 'Europe/Berlin' },
      ],
      maintenance: [{ from: '2026-03-01T21:00:00.000Z', to: '2026-03-02T03:00:00.000Z', reason: 'new lens' }],
      labels: { lane: '1' },
      probe: true,
      source: 'file',
    };
    expect(room.camera('N-001')).toEqual(first);
    expect(room.camera('0012')).toEqual({
      id: '0012',
      streams: { main: { url: 'rtsp://10.1.0.12/1' } },
      expected: { frames_per_second: 12.5, width: 3840, height: 2160 },
      coordinates: { latitude: 52.5163, longitude: 13.3777 },
      schedule: [{ weekdays: ['monday:friday'], times: [{ start_time: '08:00', end_time: '18:00' }] }],
      credentials: { password_env: 'CAMERA_PASSWORD' },
      source: 'file',
    });
  });

  it('makes many alike cameras of templates, groups and patterns; the nearer word wins', async () => {
    const { room } = await open({
      files: {
        'cameras.yaml': `
defaults: {class: traffic, owner: city, expected: {fps: 25}}
schedules: {office: {weekdays: ["monday:friday"]}}
templates:
  dome:
    model: Dome
    owner: from the template
    expected: {resolution: 1080p}
    streams: {main: "rtsp://{address}/ch{channel}/main", sub: "rtsp://{address}/ch{channel}/sub"}
groups:
  - template: dome
    id: "N-{n:03}"
    range: 9-11
    address: "{10.1.0.250+n}"
    channel: 1
    name: "Gantry {n} ({id})"
    owner: from the group
    schedule: office
  - template: dome
    site: south
    channel: 2
    cameras:
      S-1: 10.2.0.1
      S-2: {address: 10.2.0.2, expected: {fps: 12}, channel: 7}
      S-3: rtsp://10.2.0.3/own
  - {template: dome, site: east, csv: east.csv, channel: 3}
`,
        'east.csv': 'Camera;IP;fps\nE-1;10.3.0.1;10\nE-2;10.3.0.2;\n',
      },
      config: { files: ['cameras.yaml'] },
    });
    expect(problems(house as InventoryHouse)).toEqual([]);
    expect(room.cameras().map(({ id }) => id)).toEqual(['E-1', 'E-2', 'N-009', 'N-010', 'N-011', 'S-1', 'S-2', 'S-3']);
    expect(room.camera('N-010')).toEqual({
      id: 'N-010',
      name: 'Gantry 10 (N-010)',
      class: 'traffic',
      owner: 'from the group',
      model: 'Dome',
      expected: { frames_per_second: 25, width: 1920, height: 1080 },
      streams: { main: { url: 'rtsp://10.1.1.4/ch1/main' }, sub: { url: 'rtsp://10.1.1.4/ch1/sub' } },
      schedule: [{ weekdays: ['monday:friday'] }],
      source: 'file',
    });
    expect(room.camera('S-2')).toMatchObject({
      owner: 'from the template',
      expected: { frames_per_second: 12 },
      streams: { main: { url: 'rtsp://10.2.0.2/ch7/main' } },
    });
    expect(room.camera('S-3')?.streams).toEqual({
      main: { url: 'rtsp://10.2.0.3/own' },
      sub: { url: 'rtsp://10.2.0.3/ch2/sub' },
    });
    expect(room.camera('E-1')).toMatchObject({
      site: 'east',
      class: 'traffic',
      expected: { frames_per_second: 10 },
      streams: { main: { url: 'rtsp://10.3.0.1/ch3/main' } },
    });
    expect(room.camera('E-2')?.expected?.frames_per_second).toBe(25);
  });

  it('says what is wrong with line and remedy, and keeps everything else', async () => {
    const { room } = await open(
      files(
        'bad.yaml',
        `camera:
  - x
cameras:
  - id: A
    class: evidnce
    fps: fast
  - id: B
    coordinates: [113.4, 52.5]
    streams:
      main: ftp://10.0.0.1/x
      mian: rtsp://10.0.0.1/y
  - name: no id
  - id: A
    site: again
  - id: C
      site: x
  - id: D
    coordinates: 0, 0
    schedule: nonsense
    maintenance: [{from: "2026-01-01 10:00", to: "2026-01-02"}]
    expected: {width: 12}
    template: nothing
  - id: E
    site: fine
`,
      ),
    );
    expect(room.cameras().map(({ id }) => id)).toEqual(['A', 'B', 'D', 'E']);
    expect(problems(house as InventoryHouse)).toEqual([
      'bad.yaml:15: not valid YAML: check quoting and indentation; the entry around it is left out',
      'bad.yaml:1: unknown key "camera"; did you mean "cameras"?',
      'bad.yaml:5: class: unknown class "evidnce"; did you mean "evidence"?; classes of your own are named in fleet.inventory.classes',
      'bad.yaml:6: fps: not a number from 0.01 to 1000: "fast"; write it as 25',
      'bad.yaml:11: streams.mian: unknown key "mian"; did you mean "main"?',
      'bad.yaml:8: coordinates: latitude 113.4 is beyond a pole; latitude and longitude may be swapped; latitude comes first',
      'bad.yaml:10: streams.main: addresses of ftp:// are not read for "main"; use one of rtsp://, rtsps://, http://, https://',
      'bad.yaml:12: a camera without an id; write id: …, unique and stable: it is the camera_id of every series',
      'bad.yaml:18: coordinates: coordinates 0, 0 lie in the Atlantic; leave them empty where they are not known',
      'bad.yaml:19: schedule: neither a schedule of this file nor one in short: "nonsense"; write it as mon-fri 08:00-18:00',
      'bad.yaml:20: maintenance: a maintenance window without from and to, or without their time zone; write {from: "2026-03-01T22:00:00+01:00", to: "2026-03-02T04:00:00+01:00", reason: …}',
      'bad.yaml:21: expected.width: not a number from 16 to 65535: "12"; write it as 1920',
      'bad.yaml:17: unknown template "nothing"; define it under templates: in this file',
      'bad.yaml:13: another camera has this id: bad.yaml:4; this one is left out; ids are unique over all files; give one of them another id',
    ]);
  });

  it.each([
    ['an empty file', '', 0],
    ['a number', '42', 1],
    ['a text', 'hello', 1],
    ['cameras that are a text', 'cameras: hello', 1],
    ['JSON', '{"cameras": [{"id": "A", "expected": {"fps": 5}}]}', 0],
    ['a list alone', '- id: A\n- id: B\n', 0],
    ['binary', '\u0000\u0001\u0002{{{', 1],
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\ncameras: [*c,*c,*c]\n`,
      1,
    ],
    ['a prototype', 'cameras:\n  - id: A\n    __proto__: {site: x}\n', 1],
    ['a range that never ends', 'groups: [{id: "x{n}", range: 1-999999999}]', 1],
    ['placeholders without value', 'groups: [{id: "x{n}", range: 1-2, url: "rtsp://{address}/1"}]', 1],
  ])('takes %s', async (_, text, faults) => {
    const { room } = await open(files('cameras.yaml', text));
    expect(room.problems().length).toBeGreaterThanOrEqual(faults);
    if (faults === 0) expect(room.problems()).toEqual([]);
    expect(({} as { site?: string }).site).toBeUndefined();
  });
});

describe('an inventory in CSV', () => {
  it.each([
    ['commas', 'id,name,site,url,fps\nA,"Gate, main",north,rtsp://10.0.0.1/1,25\n'],
    ['semicolons', 'id;name;site;url;fps\nA;Gate, main;north;rtsp://10.0.0.1/1;25\n'],
    ['tabs', 'id\tname\tsite\turl\tfps\nA\tGate, main\tnorth\trtsp://10.0.0.1/1\t25\n'],
    ['a hint for spreadsheets', 'sep=;\r\nid;name;site;url;fps\r\nA;"Gate, main";north;rtsp://10.0.0.1/1;25\r\n'],
    ['a byte order mark', '\ufeffid,name,site,url,fps\nA,"Gate, main",north,rtsp://10.0.0.1/1,25\n'],
    [
      'German headers',
      'Kamera-Nr.;Bezeichnung;Standort;RTSP-URL;Bildrate\nA;Gate, main;north;rtsp://10.0.0.1/1;25 fps\n',
    ],
    [
      'empty rows, comments and trailing separators',
      '\n# list\nid;name;site;url;fps;;\nA;Gate, main;north;rtsp://10.0.0.1/1;25;;\n;;;;;;\n\n',
    ],
  ])('reads %s', async (_, text) => {
    const { room } = await open(files('cameras.csv', text));
    expect(problems(house as InventoryHouse)).toEqual([]);
    expect(room.cameras()).toEqual([
      {
        id: 'A',
        name: 'Gate, main',
        site: 'north',
        streams: { main: { url: 'rtsp://10.0.0.1/1' } },
        expected: { frames_per_second: 25 },
        source: 'file',
      },
    ]);
  });

  it('reads UTF-16, and Windows-1252 with a hint', async () => {
    const text = 'id;name\nA;Straße\n';
    const { room } = await open({
      files: {
        'a.csv': Buffer.from(`\ufeff${text}`, 'utf16le'),
        'b.csv': Buffer.from(text.replace('A;', 'B;'), 'latin1'),
      },
    });
    expect(room.cameras().map(({ name }) => name)).toEqual(['Straße', 'Straße']);
    expect(problems(house as InventoryHouse)).toEqual([
      'b.csv:0: is not UTF-8 and was read as Windows-1252; save it as "CSV UTF-8"',
    ]);
  });

  it('takes unknown columns as labels, and joins columns that belong together', async () => {
    const { room } = await open(
      files(
        'c.csv',
        'id,lat,lon,username,password_env,transport,rtsp,substream,label:Lane,Pole number,description,name\nA,52.5,13.4,viewer,CAM,udp,rtsp://10.0.0.1/1,rtsp://10.0.0.1/2,3,P 17,near the bridge,Gate\n',
      ),
    );
    expect(problems(house as InventoryHouse)).toEqual([]);
    expect(room.camera('A')).toEqual({
      id: 'A',
      name: 'Gate',
      coordinates: { latitude: 52.5, longitude: 13.4 },
      credentials: { username: 'viewer', password_env: 'CAM' },
      streams: {
        main: { url: 'rtsp://10.0.0.1/1', transport: 'udp' },
        sub: { url: 'rtsp://10.0.0.1/2', transport: 'udp' },
      },
      labels: { Lane: '3', pole_number: 'P 17', description: 'near the bridge' },
      source: 'file',
    });
  });

  it('a bad row never takes the others down', async () => {
    const { room } = await open(
      files(
        'c.csv',
        `id,name,class,url\nA,one,traffic,rtsp://10.0.0.1/1\nB,"not closed,traffic,\nC,three,trafic,nonsense\n,no id,,\nD,too,many,cells,here\nE,${'x'.repeat(100_000)},traffic,\nF,a "b" c,indoor,\nA,again,,\nG,last,,\n`,
      ),
    );
    expect(room.cameras().map(({ id }) => id)).toEqual(['A', 'C', 'G', 'no id']);
    expect(problems(house as InventoryHouse).map((text) => text.slice(0, 60))).toEqual([
      'c.csv:3: a quote is not closed; close it, or double a quote ',
      'c.csv:7: a row of more than 65536 characters; shorten its ce',
      'c.csv:8: a quote inside a cell; put the whole cell in quotes',
      'c.csv:4: class: unknown class "trafic"; did you mean "traffi',
      'c.csv:4: url: not an address: it has no scheme; write it as ',
      'c.csv:6: 5 values for 4 columns; put values that contain the',
      'c.csv:9: another camera has this id: c.csv:2; this one is le',
    ]);
  });

  it('reads its own export back as it was, in both formats', async () => {
    const { ask } = {
      ask: (
        await open({
          files: {
            'c.yaml': `cameras:
  - {id: "=1+1", name: "-x, \\"y\\"", labels: {a: "b;c", z: "'q"}, coordinates: [-33.8, 151.2], schedule: mon-fri 22:00-06:00, probe: false}
  - {id: B, streams: {main: {url: "rtsp://h/1", transport: udp}}, credentials: env:X, expected: {fps: 5, resolution: 720p}, maintenance: [{from: 2026-01-01T00:00:00Z, to: 2026-01-02T00:00:00Z, reason: "a/b"}]}
  - {id: "007", name: "yes", site: "a: b #c", owner: ünï}
`,
          },
        })
      ).ask.bind(house),
    };
    expect(problems(house as InventoryHouse)).toEqual([]);
    const before = house?.room.cameras();
    for (const format of ['csv', 'yaml']) {
      const text = (await ask('GET', `/api/vedette/fleet/inventory/export?format=${format}`)).body;
      const again = await InventoryHouse.open(files(`again.${format}`, text));
      expect(problems(again), format).toEqual([]);
      expect(again.room.cameras(), format).toEqual(before);
      await again.close();
    }
  });
});

describe('inventory files', () => {
  it('are read again when they change, in what changed alone', async () => {
    const opened = await open({ files: { 'a.yaml': 'cameras: [{id: A, site: x}, {id: B}]', 'b.csv': 'id\nC\n' } });
    const { room } = opened;
    let calls = 0;
    room.onChange(() => calls++);
    const [a, b] = [room.camera('A'), room.camera('B')];
    const { version } = room;
    await room.refresh();
    expect([calls, room.version]).toEqual([0, version]);
    opened.write('a.yaml', 'cameras: [{id: A, site: y}, {id: B}, {id: D}]');
    await room.refresh();
    expect(calls).toBe(1);
    expect(room.cameras().map(({ id }) => id)).toEqual(['A', 'B', 'C', 'D']);
    expect(room.camera('A')?.site).toBe('y');
    expect(room.camera('A')).not.toBe(a);
    expect(room.camera('B')).toBe(b);
    opened.write('b.csv', 'id\n');
    await room.refresh();
    expect(room.camera('C')).toBeUndefined();
    const { entries } = (await opened.ask('GET', '/api/vedette/fleet/inventory/history')).json;
    expect(entries).toMatchObject([
      { by: 'files', action: 'deleted', cameras: ['C'] },
      { by: 'files', action: 'changed', cameras: ['A'] },
      { by: 'files', action: 'added', cameras: ['D'] },
    ]);
  });

  it('are looked at by the clock', async () => {
    const opened = await open({
      files: { 'a.yaml': 'cameras: [{id: A}]' },
      config: { files: ['a.yaml'], refresh_interval: '5s' },
    });
    opened.write('a.yaml', 'cameras: [{id: B}]');
    const { clock } = opened as unknown as { clock: { advance(ms: number): Promise<void> } };
    for (let i = 0; i < 20 && opened.room.camera('B') === undefined; i++) {
      await clock.advance(5_000);
      // Files are read in real time.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(opened.room.camera('B')).toBeDefined();
  });

  it('that break keep the cameras they had; ones that are emptied do not', async () => {
    const opened = await open({ files: { 'a.yaml': 'cameras: [{id: A}, {id: B}]' } });
    opened.write('a.yaml', 'cameras: [{id: A}, {id');
    await opened.room.refresh();
    expect(opened.room.cameras()).toHaveLength(2);
    expect(problems(opened)[0]).toMatch(/its cameras are kept as they were/);
    renameSync(join(opened.folder, 'a.yaml'), join(opened.folder, 'a.bak'));
    await opened.room.refresh();
    expect(opened.room.cameras()).toHaveLength(2);
    expect(problems(opened)[0]).toMatch(/no such inventory file/);
    opened.write('a.yaml', 'cameras: []');
    await opened.room.refresh();
    expect(opened.room.cameras()).toEqual([]);
    expect(problems(opened)).toEqual([]);
  });

  it('may be a folder or a pattern; the first of two with the same id counts', async () => {
    const opened = await open({ config: { files: ['sites', 'more/*.csv'] } });
    expect(problems(opened)).toHaveLength(2);
    mkdirSync(join(opened.folder, 'sites'));
    mkdirSync(join(opened.folder, 'more'));
    writeFileSync(join(opened.folder, 'sites/b.yaml'), 'cameras: [{id: X, site: second}]');
    writeFileSync(join(opened.folder, 'sites/a.yaml'), 'cameras: [{id: X, site: first}]');
    writeFileSync(join(opened.folder, 'sites/.hidden.yaml'), 'cameras: [{id: H}]');
    writeFileSync(join(opened.folder, 'more/c.csv'), 'id\nY\n');
    await opened.room.refresh();
    expect(opened.room.cameras().map(({ id, site }) => [id, site])).toEqual([
      ['X', 'first'],
      ['Y', undefined],
    ]);
    expect(problems(opened)).toEqual([
      expect.stringMatching(/sites\/b.yaml:1: another camera has this id: sites\/a.yaml:1/),
    ]);
    unlinkSync(join(opened.folder, 'more/c.csv'));
    await opened.room.refresh();
    expect(opened.room.camera('Y')).toBeUndefined();
  });

  it('two cameras with one address are told', async () => {
    const opened = await open(
      files('a.yaml', 'cameras:\n  - {id: A, url: rtsp://h:554/1}\n  - {id: B, url: rtsp://H/1/}\n'),
    );
    expect(problems(opened)).toEqual([
      'a.yaml:3: camera "A" has the same main stream; delete one of them, or correct its address',
    ]);
  });

  it('hold a hundred thousand rows without holding the process', async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `C-${i},north,rtsp://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/1`,
    ).join('\n');
    // CPU time, so that other processes do not count.
    const started = process.cpuUsage();
    const cpuMs = (): number => {
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1_000;
    };
    let longestTurnMs = 0;
    let last = 0;
    const watch = setInterval(() => {
      longestTurnMs = Math.max(longestTurnMs, cpuMs() - last);
      last = cpuMs();
    }, 5);
    const opened = await open(files('many.csv', `id,site,url\n${rows}\n`));
    clearInterval(watch);
    expect(opened.room.cameras()).toHaveLength(20_000);
    expect(problems(opened)[0]).toMatch(/more than 20000 cameras/);
    expect(cpuMs()).toBeLessThan(15_000);
    expect(longestTurnMs).toBeLessThan(4_000);
  });
});
