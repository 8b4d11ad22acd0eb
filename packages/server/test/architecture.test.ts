import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const serverSource = join(root, 'packages/server/src');

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
      return { path, text, imports };
    });
}

/** The floor table of docs/architecture.md: folder → floor. */
function floors(): Map<string, number> {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const result = new Map<string, number>();
  for (const row of page.matchAll(/^\| (\d) \| ([^|]+) \|/gm)) {
    for (const folder of (row[2] ?? '').matchAll(/`([a-z]+)`/g)) result.set(folder[1] ?? '', Number(row[1]));
  }
  return result;
}

const folderOf = (path: string): string => relative(serverSource, path).split('/')[0] ?? '';
const show = (path: string): string => relative(root, path);

describe('architecture', () => {
  const files = sources(serverSource);
  const floor = floors();

  it('every folder of the server stands on a floor', () => {
    const folders = readdirSync(serverSource, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).filter((name) => !floor.has(name))).toEqual([]);
  });

  it('imports point down, and never sideways', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = folderOf(file.path);
      for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
        const target = resolve(dirname(file.path), specifier);
        const to = folderOf(target);
        if (to === from) continue;
        const fromFloor = floor.get(from) ?? -1;
        const toFloor = floor.get(to) ?? 99;
        const allowed = toFloor < fromFloor || ((from === 'clickhouse' || from === 'template') && to === 'model');
        if (!allowed)
          wrong.push(
            `${show(file.path)}: ${from}/ may not import ${to}/; define the port in ${from}/ports.ts or model/ports.ts and connect it in app/`,
          );
      }
    }
    expect(wrong).toEqual([]);
  });

  it('inside a signal, api asks query, query asks store, receive and send know only their ports', () => {
    const order: Record<string, readonly string[]> = {
      api: ['query', 'store', 'receive'],
      query: ['store'],
      parallel: ['query', 'store'],
      store: [],
      receive: ['relabel'],
      send: ['relabel'],
      relabel: [],
    };
    const wrong: string[] = [];
    for (const file of files) {
      const [signal, room] = relative(serverSource, file.path).split('/');
      if (!signal || !room || !['metrics', 'logs', 'traces'].includes(signal) || !(room in order)) continue;
      for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
        const [toSignal, toRoom] = relative(serverSource, resolve(dirname(file.path), specifier)).split('/');
        if (toSignal !== signal || !toRoom || !(toRoom in order) || toRoom === room) continue;
        if (!order[room]?.includes(toRoom)) wrong.push(`${show(file.path)}: ${room}/ may not import ${toRoom}/`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('packages import only what their row allows', () => {
    const allowed: Record<string, readonly string[]> = {
      wire: [],
      agent: ['wire'],
      simulate: ['wire'],
      server: ['wire', 'agent', 'simulate'],
      web: ['wire'],
    };
    const wrong: string[] = [];
    for (const [name, others] of Object.entries(allowed)) {
      const folder = join(root, 'packages', name, 'src');
      for (const file of sources(folder)) {
        for (const specifier of file.imports) {
          const ours = /^@vedette\/([a-z]+)/.exec(specifier)?.[1];
          if (ours && !others.includes(ours)) wrong.push(`${show(file.path)}: ${name} may not import ${specifier}`);
          if (specifier.startsWith('.') && !resolve(dirname(file.path), specifier).startsWith(`${folder}/`)) {
            wrong.push(`${show(file.path)}: ${specifier} leaves the package`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  const banned: readonly { readonly call: RegExp; readonly except: readonly string[]; readonly instead: string }[] = [
    {
      call: /\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\b/,
      except: ['base/clock.ts'],
      instead: 'use the injected Clock (base/clock.ts)',
    },
    { call: /\bprocess\.env\b/, except: ['app/config.ts', 'app/environment.ts'], instead: 'read it in app/config.ts' },
    { call: /\bMath\.random\b/, except: ['base/random.ts'], instead: 'use the injected Random (base/random.ts)' },
    { call: /\bconsole\./, except: ['cli/'], instead: 'use the injected Logger, or write from cli/' },
    {
      call: /\bnew RegExp\(/,
      except: [],
      instead: 'use compileAnchored or re2js: patterns from outside run in linear time',
    },
  ];

  it.each(banned)('no source calls $call', ({ call, except, instead }) => {
    const wrong = files
      .filter((file) => !file.path.endsWith('.test.ts'))
      .filter((file) => !except.some((prefix) => relative(serverSource, file.path).startsWith(prefix)))
      .flatMap((file) =>
        file.text
          .split('\n')
          .map((line, i) => ({ line, number: i + 1 }))
          .filter(({ line }) => call.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
          .map(({ number }) => `${show(file.path)}:${number}: ${instead}`),
      );
    expect(wrong).toEqual([]);
  });

  it('nothing that runs on Node 20 calls AbortSignal.any: its sources keep something of each call', () => {
    const all = ['agent', 'server', 'simulate'].flatMap((name) => sources(join(root, 'packages', name, 'src')));
    const calls = all.filter(({ text }) => /AbortSignal\.any\(/.test(text)).map(({ path }) => show(path));
    expect(calls, 'use deadline (server: base/deadline.ts) or FollowingAbort (agent)').toEqual([]);
  });

  it('no file is named for a drawer: utils, helpers, types, common', () => {
    const drawers = ['wire', 'agent', 'server', 'web'].flatMap((name) => sources(join(root, 'packages', name, 'src')));
    expect(
      drawers
        .map((file) => show(file.path))
        .filter((path) => /\/(utils?|helpers?|types|common|misc)\.tsx?$/.test(path)),
    ).toEqual([]);
  });
});
