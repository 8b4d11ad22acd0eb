import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPicture } from '../../src/fleet/inventory/picture-check.ts';
import { InventoryHouse } from '../support/inventory-house.ts';
import { MemoryState } from '../support/memory-state.ts';

let house: InventoryHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const PLANS = '/api/vedette/fleet/plans';

function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(8))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const JPEG = Buffer.concat([
  Buffer.from('ffd8ffe00010', 'hex'),
  Buffer.alloc(14),
  Buffer.from('ffc00011080064012c03', 'hex'),
  Buffer.alloc(20),
]);
const WEBP = Buffer.concat([
  Buffer.from('RIFF'),
  Buffer.alloc(4),
  Buffer.from('WEBPVP8X'),
  Buffer.from('0a00000000000000', 'hex'),
  Buffer.from('1f0300e70100', 'hex'),
]);
const SVG =
  '<?xml version="1.0"?><!-- drawn --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><style>.a{fill:url(#g)}</style><g class="a"><path d="M0 0h1"/><use href="#x"/><text x="1">Gate &amp; yard</text></g></svg>';

describe('plans of sites', () => {
  it.each([
    ['PNG', png(640, 480), 'image/png', 640, 480],
    ['JPEG', JPEG, 'image/jpeg', 300, 100],
    ['WebP', WEBP, 'image/webp', 800, 488],
    ['SVG', Buffer.from(SVG), 'image/svg+xml', 400, 300],
  ])('a %s is kept, served safely and deleted', async (_, bytes, type, width, height) => {
    const state = new MemoryState();
    house = await InventoryHouse.open({ state, user: 'ada' });
    const put = await house.ask('PUT', `${PLANS}/${encodeURIComponent('Site / ä')}`, bytes, 'application/octet-stream');
    expect(put.json).toMatchObject({
      site: 'Site / ä',
      type,
      width,
      height,
      bytes: bytes.length,
      changed: { by: 'ada' },
    });
    await house.close();
    house = await InventoryHouse.open({ state });
    expect((await house.ask('GET', PLANS)).json.plans).toEqual([put.json]);
    const got = await house.ask('GET', put.json.url);
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.headers).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(got.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    );
    expect((await house.ask('DELETE', put.json.url.split('?')[0])).status).toBe(204);
    expect((await house.ask('GET', put.json.url)).status).toBe(404);
  });

  const svg = (inside: string, attributes = '') =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" ${attributes}>${inside}</svg>`);

  it.each([
    ['a script', svg('<script>alert(1)</script>')],
    ['a handler', svg('', 'onload="alert(1)"')],
    ['a handler in another spelling', svg('<g ONCLICK = "x"/>')],
    ['a link', svg('<a href="javascript:alert(1)"><path d=""/></a>')],
    ['an address outside', svg('<image href="https://evil.example/x.png"/>')],
    ['an address outside, hidden', svg('<use xlink:href="&#104;ttps://evil.example/x.svg#a"/>')],
    ['a style that loads', svg('<style>@import "https://evil.example/x.css";</style>')],
    ['a style attribute that loads', svg('<g style="fill:url(https://evil.example/x)"/>')],
    ['foreign objects', svg('<foreignObject><p>x</p></foreignObject>')],
    ['animation of an address', svg('<animate attributeName="href" to="javascript:x"/>')],
    ['entities', Buffer.from('<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1">&a;</svg>')],
    ['a style sheet', Buffer.from('<?xml-stylesheet href="x.css"?><svg viewBox="0 0 1 1"></svg>')],
    ['a section that hides tags', svg('<desc><![CDATA[<script>]]></desc>')],
    ['a broken tag', svg('<g <script>x</script>')],
    ['an open comment', svg('<!-- x')],
    ['no size', Buffer.from('<svg></svg>')],
    ['HTML', Buffer.from('<html><script>x</script></html>')],
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['a GIF', Buffer.from('GIF89a')],
    ['a PNG that is cut off', png(1, 1).subarray(0, 20)],
    ['a PNG of a million pixels on a side', png(1_000_000, 1)],
    ['a JPEG without a picture', Buffer.from('ffd8ffe00004000000', 'hex')],
  ])('%s is refused', async (_, bytes) => {
    house = await InventoryHouse.open();
    const answer = await house.ask('PUT', `${PLANS}/x`, bytes, 'image/svg+xml');
    expect([answer.status, answer.json.code]).toEqual([400, 'SITE_PLAN_INVALID']);
  });

  it('a picture that is too large is refused, and so is JSON', async () => {
    house = await InventoryHouse.open();
    expect((await house.ask('PUT', `${PLANS}/x`, Buffer.alloc(5 * 1024 * 1024), 'image/png')).status).toBe(413);
    expect((await house.ask('PUT', `${PLANS}/x`, { a: 1 })).status).toBe(400);
  });

  it('any bytes are looked at without an error, and soon', () => {
    const starts = [
      Buffer.from('89504e470d0a1a0a', 'hex'),
      Buffer.from('ffd8ff', 'hex'),
      Buffer.from('RIFF0000WEBPVP8 '),
      Buffer.from('<svg '),
      Buffer.alloc(0),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 200 }),
        (start, rest) => void checkPicture(Buffer.concat([start, rest])),
      ),
    );
    const started = process.cpuUsage();
    checkPicture(Buffer.from(`<svg ${'a="'.repeat(500_000)}`));
    checkPicture(Buffer.from(`<svg viewBox="0 0 1 1">${'<g a="url(#'.repeat(200_000)}`));
    checkPicture(Buffer.from(`<svg viewBox="0 0 1 1">${'<!-- '.repeat(500_000)}`));
    checkPicture(Buffer.from(`<svg ${'a = "b" '.repeat(300_000)}>`));
    checkPicture(Buffer.from(`<svg viewBox="0 0 1 1"><g a="${'url( '.repeat(300_000)}"/></svg>`));
    checkPicture(Buffer.from(`<svg viewBox="0 0 1 1"><g a="${'&'.repeat(500_000)}"/></svg>`));
    const used = process.cpuUsage(started);
    expect((used.user + used.system) / 1_000).toBeLessThan(3_000);
  });
});
