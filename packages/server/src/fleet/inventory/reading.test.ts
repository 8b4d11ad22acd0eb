import type { Camera } from '@vedette/wire/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventoryConfigSchema } from './config.ts';
import { readCsvFile } from './csv-file.ts';
import { fieldOfColumn } from './csv-columns.ts';
import { csvOf, yamlOf } from './export-inventory.ts';
import { CLASSES } from './field-readers.ts';
import { nested } from './fields.ts';
import { filled } from './placeholders.ts';
import { readAddress } from './read-address.ts';
import { scheduleOfText } from './schedule-text.ts';
import type { ReadContext } from './written-value.ts';
import { readYamlFile } from './yaml-file.ts';

const context: ReadContext = {
  classes: new Set(CLASSES),
  schedules: new Map(),
  folder: '/inventory',
  environmentPrefix: '',
  credentialsFolder: undefined,
};
const noRows = async () => [];

const text = fc
  .string({ unit: fc.constantFrom(...'aZ09 ,;:"\'#-=+@|{}[]&*!%?/\\_.~äß中'), minLength: 1, maxLength: 20 })
  .map((value) => value.trim())
  .filter((value) => !['', '-', '~', '—'].includes(value));
const host = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.0.${a}.${b}`);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const camera: fc.Arbitrary<Camera> = fc
  .record({
    id: fc
      .string({ unit: fc.constantFrom(..."aZ09 ,;:'#-=+@|{}&*!%?/_.~ä"), minLength: 1, maxLength: 20 })
      .map((id) => id.trim())
      .filter((id) => !['', '-', '.', '..', '~', '—'].includes(id) && !id.startsWith('#')),
    name: optional(text),
    site: optional(text),
    port: optional(text),
    class: optional(fc.constantFrom(...CLASSES)),
    expected: optional(
      fc.record({
        frames_per_second: fc.integer({ min: 1, max: 60 }),
        width: fc.integer({ min: 16, max: 8000 }),
        codec: fc.constantFrom('h264', 'h265'),
      }),
    ),
    streams: optional(fc.record({ main: fc.record({ url: host.map((name) => `rtsp://${name}/1?a=b&c=d`) }) })),
    credentials: optional(
      fc.record({ username: text.filter((name) => !name.includes('~')), password_env: fc.constantFrom('CAM', 'X_1') }),
    ),
    coordinates: optional(
      fc.record({ latitude: fc.integer({ min: -89, max: 89 }), longitude: fc.integer({ min: 1, max: 179 }) }),
    ),
    plan: optional(fc.record({ x: fc.constantFrom(0, 0.25, 1), y: fc.constantFrom(0, 0.5) })),
    labels: optional(
      fc.dictionary(fc.constantFrom('lane', 'Pole', 'a_b'), text, { minKeys: 1, noNullPrototype: true }),
    ),
    schedule: optional(
      fc.constantFrom(
        ...['mon-fri 08:00-18:00', 'sat,sun', '22:00-06:00 UTC'].map((written) => scheduleOfText(written) ?? []),
      ),
    ),
    probe: optional(fc.boolean()),
  })
  .map(
    (fields) =>
      ({
        ...(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as typeof fields),
        source: 'file',
      }) as Camera,
  );

describe('inventory files', () => {
  it('are the export of any cameras, in both formats', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(camera, { maxLength: 8, selector: ({ id }) => id }), async (cameras) => {
        for (const read of [
          await readYamlFile(yamlOf(cameras), 'x.yaml', context, noRows),
          await readCsvFile(csvOf(cameras), 'x.csv', context),
        ]) {
          expect(read.problems).toEqual([]);
          expect(read.entries.map(({ id, fields }) => ({ id, ...nested(fields), source: 'file' }))).toEqual(cameras);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('give a camera whose id is in braces the same id back, in both formats', async () => {
    const cameras: Camera[] = [{ id: '{a}', source: 'file' }];
    expect((await readYamlFile(yamlOf(cameras), 'x.yaml', context, noRows)).entries[0]?.id).toBe('{a}');
    expect((await readCsvFile(csvOf(cameras), 'x.csv', context)).entries[0]?.id).toBe('{a}');
  });

  it('of any content are read without an error, and every problem has a line and words', async () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.constantFrom(
        'cameras:',
        'id',
        '  - id: A\n',
        '\n',
        ';',
        ',',
        '"',
        'groups: [{range: 1-3, id: "x{n}"}]',
        'defaults: {',
        '}',
        'templates:\n  t: {url: "rtsp://{address}/"}\n',
        'template: t',
        'streams: {main: ',
        'rtsp://a:b@c/',
        '    schedule: ',
        '[[',
        'id,url\n',
        '\t',
        '\u0000',
        '\ufeff',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const content = pieces.join('');
        for (const read of [
          await readYamlFile(content, 'x', context, noRows),
          await readCsvFile(content, 'x', context),
        ]) {
          for (const problem of read.problems) {
            expect(problem.line).toBeGreaterThan(0);
            expect(problem.message).not.toBe('');
            expect(problem.remedy).not.toBe('');
          }
        }
      }),
      { numRuns: 250 },
    );
  });
});

describe('schedules in short', () => {
  it.each([
    ['mon-fri 08:00-18:00', [{ weekdays: ['monday:friday'], times: [{ start_time: '08:00', end_time: '18:00' }] }]],
    ['Sat,Sun', [{ weekdays: ['saturday', 'sunday'] }]],
    [
      'fri-mon 7:30-24:00',
      [{ weekdays: ['friday:saturday', 'sunday:monday'], times: [{ start_time: '07:30', end_time: '24:00' }] }],
    ],
    [
      '20:00-06:00',
      [
        { times: [{ start_time: '20:00', end_time: '24:00' }] },
        { times: [{ start_time: '00:00', end_time: '06:00' }] },
      ],
    ],
    [
      'sat 22:00-02:00 Europe/Berlin',
      [
        { weekdays: ['saturday'], times: [{ start_time: '22:00', end_time: '24:00' }], location: 'Europe/Berlin' },
        { weekdays: ['sunday'], times: [{ start_time: '00:00', end_time: '02:00' }], location: 'Europe/Berlin' },
      ],
    ],
    [
      'mon-sun 22:00-02:00',
      [
        { weekdays: ['sunday:saturday'], times: [{ start_time: '22:00', end_time: '24:00' }] },
        { weekdays: ['sunday:saturday'], times: [{ start_time: '00:00', end_time: '02:00' }] },
      ],
    ],
    [
      'mon 08:00-09:00,10:00-11:00; tue',
      [
        {
          weekdays: ['monday'],
          times: [
            { start_time: '08:00', end_time: '09:00' },
            { start_time: '10:00', end_time: '11:00' },
          ],
        },
        { weekdays: ['tuesday'] },
      ],
    ],
    ['24/7', [{}]],
  ])('%s', (written, expected) => expect(scheduleOfText(written)).toEqual(expected));

  it.each([
    '',
    ';',
    'someday',
    '08:00',
    '08:00-08:00',
    '25:00-26:00',
    'mon 8-18',
    'mon tue',
    '08:00-18:00 mon',
    'm',
    'mon 08:00-18:00 here',
  ])('not %j', (written) => expect(scheduleOfText(written)).toBeUndefined());
});

describe('addresses', () => {
  it.each([
    'rtsp://10.0.0.1/1',
    'rtsp://cam.example:8554/a/b?x=1&y=2#t',
    'RTSPS://[fd00::1]:322/x',
    'http://h/video.mjpg',
    'https://h/live.m3u8',
  ])('%s is one', (url) => {
    expect(readAddress(url, 'main')).toEqual({ ok: true, url });
  });

  it.each([
    '',
    '10.0.0.1',
    'rtsp:/10.0.0.1',
    'rtsp://',
    'rtsp:///x',
    'rtsp://h:99999/',
    'rtsp://a b/',
    'rtsp://u:p@h/',
    'rtsp://h/p@th',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'rtsp://h/?password=x',
    'rtsp://h/user=a&pwd=b',
    'rtsp://h/\u0000',
    `rtsp://h/${'x'.repeat(3_000)}`,
  ])('%j is none', (url) => {
    expect(readAddress(url, 'main').ok).toBe(false);
  });

  it('of a page are not those of a stream', () => {
    expect(readAddress('rtsp://h/1', 'snapshot').ok).toBe(false);
    expect(readAddress('http://h/1.jpg', 'snapshot').ok).toBe(true);
  });
});

describe('placeholders', () => {
  const words = { n: 7, word: (name: string) => (name === 'address' ? '10.9.9.9' : undefined) };
  it.each([
    ['N-{n}', 'N-7'],
    ['{n:03}/{n+100}/{n-7}', '007/107/0'],
    ['{10.1.0.250+n}', '10.1.1.1'],
    ['{address}:554', '10.9.9.9:554'],
    ['{ n } {} {{n}} {N}', '{ n } {} {n} {N}'],
  ])('%s → %s', (pattern, expected) => expect(filled(pattern, words, (name) => expect.fail(name))).toBe(expected));

  it.each(['{site}', '{300.1.1.1+n}', '{255.255.255.255+n}'])('%s has no value', (pattern) => {
    const missing: string[] = [];
    expect(filled(pattern, words, (name) => missing.push(name))).toBe(pattern);
    expect(missing).toHaveLength(1);
  });
});

describe('columns', () => {
  it.each([
    ['Camera ID', 'id'],
    ['Kamera-Nr.', 'id'],
    ['IP-Adresse', 'address'],
    ['Auflösung', 'expected.resolution'],
    ['RTSP URL', 'streams.main'],
    ['Sub-Stream', 'streams.sub'],
    ['Label: Lane', 'labels.Lane'],
    ['Passwort', 'secret'],
    ['Pole', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s', (header, field) => expect(fieldOfColumn(header)).toBe(field));
});

describe('settings', () => {
  it.each([
    ['an address with a password', { kind: 'go2rtc', url: 'http://u:Pw9Zq@h:1984' }],
    ['an address without a scheme', { kind: 'go2rtc', url: 'Pw9Zq' }],
    ['an id that is the same for all', { kind: 'go2rtc', url: 'http://h', id: 'Pw9Zq' }],
    ['another kind', { kind: 'Pw9Zq', url: 'http://h' }],
    [
      'two kinds of credentials',
      { kind: 'go2rtc', url: 'http://h', basic_auth: { username: 'u', password: 'Pw9Zq' }, bearer_token: 'Pw9Zq' },
    ],
    ['a restream with a password', { kind: 'go2rtc', url: 'http://h', restream_url: 'rtsp://u:Pw9Zq@h' }],
  ])('refuse %s without repeating it', (_, one) => {
    const read = inventoryConfigSchema.safeParse({ imports: [one] });
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).not.toContain('Pw9Zq');
  });

  it('refuse two imports of one name', () => {
    const read = inventoryConfigSchema.safeParse({
      imports: [
        { kind: 'go2rtc', url: 'http://a' },
        { kind: 'go2rtc', url: 'http://b' },
      ],
    });
    expect(read.error?.issues[0]?.message).toMatch(/another import is called "go2rtc"/);
  });
});

describe('names that every object has', () => {
  it('are no fields, columns, codecs or truths', async () => {
    const keys = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];
    const yaml = await readYamlFile(
      `cameras:\n${keys.map((key, i) => `  - id: a${i}\n    expected: {codec: ${key}, ${key}: 1}\n    streams: {${key}: x}\n    probe: ${key}\n    resolution: ${key}\n    template: ${key}\n    schedule: ${key}\n`).join('')}`,
      'x.yaml',
      context,
      noRows,
    );
    expect(yaml.entries.every(({ fields }) => Object.keys(fields).length === 0)).toBe(true);
    const csv = await readCsvFile(`id,${keys.join(',')}\nA,1,2,3,4,5\n`, 'x.csv', context);
    expect(csv.entries[0]?.id).toBe('A');
  });
});
