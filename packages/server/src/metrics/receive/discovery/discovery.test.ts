import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deadlines, HttpClient } from '../../../base/http-client/index.ts';
import { silentLogger } from '../../../base/logger.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { matchesWildcards } from '../config-files.ts';
import { httpSdConfig } from './config.ts';
import { FileDiscovery } from './file-discovery.ts';
import { httpDiscovery } from './http-discovery.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-discovery-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);
const addresses = (discovery: { targets(): readonly ReadonlyMap<string, string>[] }): unknown[] =>
  discovery.targets().map((target) => target.get('__address__'));

describe('file discovery', () => {
  const open = (pattern: string): FileDiscovery =>
    new FileDiscovery(
      { clock: new VirtualClock(), logger: silentLogger },
      { files: [file(pattern)], refresh_interval: 300_000 },
    );

  it('reads JSON and YAML, labels included', async () => {
    writeFileSync(file('a.json'), '[{"targets": ["h1:1", "h2:1"], "labels": {"site": "n", "rack": 7}}]');
    writeFileSync(file('b.yml'), '- targets: [h3:1]\n');
    const discovery = open('*');
    await discovery.refresh();
    expect(addresses(discovery)).toEqual(['h1:1', 'h2:1', 'h3:1']);
    expect(Object.fromEntries(discovery.targets()[0] ?? [])).toEqual({
      __address__: 'h1:1',
      __meta_filepath: file('a.json'),
      site: 'n',
      rack: '7',
    });
    expect(discovery.errors()).toEqual([]);
  });

  it('a file that turns bad keeps its targets, says where, and counts again once mended', async () => {
    writeFileSync(file('a.json'), '[{"targets": ["h1:1"]}]');
    const discovery = open('a.json');
    await discovery.refresh();
    writeFileSync(file('a.json'), '[\n {"target": ["h1:1"]}]');
    expect(await discovery.refresh()).toBe(true);
    expect(addresses(discovery)).toEqual(['h1:1']);
    expect(discovery.errors()).toEqual([
      `${file('a.json')}:2:3: [0].target: unknown key "target"; did you mean "targets"?`,
    ]);
    writeFileSync(file('a.json'), '[{"targets": ["h2:1", "h3:1"]}]');
    await discovery.refresh();
    expect([addresses(discovery), discovery.errors()]).toEqual([['h2:1', 'h3:1'], []]);
  });

  it('an unchanged file is not read again, a removed one takes its targets along', async () => {
    writeFileSync(file('a.json'), '[{"targets": ["h1:1"]}]');
    const discovery = open('*.json');
    await discovery.refresh();
    expect(await discovery.refresh()).toBe(false);
    unlinkSync(file('a.json'));
    expect(await discovery.refresh()).toBe(true);
    expect(addresses(discovery)).toEqual([]);
  });

  it('tells a pool about changes while it runs', async () => {
    const clock = new VirtualClock();
    const discovery = new FileDiscovery(
      { clock, logger: silentLogger },
      { files: [file('*.json')], refresh_interval: 300_000 },
    );
    const changes: number[] = [];
    await discovery.start(() => changes.push(clock.now()));
    writeFileSync(file('a.json'), '[{"targets": ["h1:1"]}]');
    while (changes.length === 0) await clock.advance(2_000);
    expect(addresses(discovery)).toEqual(['h1:1']);
    await discovery.stop();
  });

  it.each([
    ['*.json', 'a.json', true],
    ['*.json', 'a.yml', false],
    ['a?c', 'abc', true],
    ['[a-c]1', 'b1', true],
    ['[^a]1', 'a1', false],
    ['a*b*c', 'a__b__b__c', true],
    ['a*b', 'ac', false],
  ])('the pattern %s and the name %s', (pattern, name, matches) => {
    expect(matchesWildcards(pattern, name)).toBe(matches);
  });
});

describe('HTTP discovery', () => {
  it('shows the address without its password', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"targets": ["h1:1"]}]'),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const clock = new VirtualClock();
    const { port } = server.address() as AddressInfo;
    const config = httpSdConfig.parse({ url: `http://u:hunter2@127.0.0.1:${port}/targets` });
    const client = new HttpClient({ clock, deadlines: new Deadlines(clock), userAgent: 'Vedette/0' }, config);
    const discovery = httpDiscovery({ clock, logger: silentLogger, client }, config);
    await discovery.refresh();
    expect(discovery.targets()[0]?.get('__meta_url')).toBe(`http://127.0.0.1:${port}/targets`);
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  it('takes targets from a server, and keeps them when the server answers nonsense', async () => {
    let body = '[{"targets": ["h1:1"], "labels": {"site": "n"}}]';
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const clock = new VirtualClock();
    const config = httpSdConfig.parse({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/targets` });
    const client = new HttpClient({ clock, deadlines: new Deadlines(clock), userAgent: 'Vedette/0' }, config);
    const discovery = httpDiscovery({ clock, logger: silentLogger, client }, config);
    expect(await discovery.refresh()).toBe(true);
    expect(Object.fromEntries(discovery.targets()[0] ?? [])).toEqual({
      __address__: 'h1:1',
      __meta_url: config.url,
      site: 'n',
    });
    expect(await discovery.refresh()).toBe(false);
    body = '[{"targets": 1}]';
    expect(await discovery.refresh()).toBe(false);
    expect(addresses(discovery)).toEqual(['h1:1']);
    expect(discovery.errors()[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/targets: .*expected array/s);
    await client.close();
    server.closeAllConnections();
    server.close();
  });
});
