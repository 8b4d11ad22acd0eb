import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VedetteError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { StateStore, StateTable } from '../model/ports.ts';
import { type DashboardsConfig, type DashboardsRoom, dashboardsConfigSchema, openDashboards } from './index.ts';

/** Keeps values as JSON text, as the real store does, and outlives rooms. */
class TextState implements StateStore {
  readonly rows = new Map<string, string>();

  async open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>> {
    const rows = this.rows;
    const get = (key: string): Value | undefined => {
      const text = rows.get(`${namespace}/${key}`);
      return text === undefined ? undefined : parse(JSON.parse(text));
    };
    const put = async (key: string, value: Value): Promise<void> => {
      rows.set(`${namespace}/${key}`, JSON.stringify(value));
    };
    return {
      get,
      put,
      putAll: async (entries) => {
        for (const [key, value] of entries) await put(key, value);
      },
      delete: async (key) => {
        rows.delete(`${namespace}/${key}`);
      },
      *entries() {
        for (const key of rows.keys()) {
          const short = key.slice(namespace.length + 1);
          const value = get(short);
          if (value !== undefined) yield [short, value];
        }
      },
    };
  }
}

describe('the dashboards room', () => {
  const clock = new VirtualClock();
  const expressions = { check: () => undefined };
  let folder: string;
  let state: TextState;
  let room: DashboardsRoom;
  let app: FastifyInstance;

  const config = (settings: object = {}): DashboardsConfig =>
    dashboardsConfigSchema.parse({ paths: ['boards'], ...settings });
  const file = async (name: string, content: unknown): Promise<void> => {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const titles = (): string[] => room.list().dashboards.map((dashboard) => dashboard.title);

  const open = async (settings: object = {}): Promise<void> => {
    await start(settings);
    await room.settled();
  };
  const start = async (settings: object = {}): Promise<void> => {
    const deps = { clock, logger: silentLogger, registry: new Registry(), state, expressions };
    room = openDashboards(deps, {
      config: config(settings),
      baseDirectory: folder,
      catalogDirectory: join(folder, 'catalog'),
    });
    await room.start();
    app = fastify();
    app.setErrorHandler((error, _request, reply) =>
      reply
        .code(error instanceof VedetteError ? error.status : ((error as { statusCode?: number }).statusCode ?? 500))
        .send({ message: (error as Error).message }),
    );
    await app.register(room.plugin);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vedette-boards-'));
    await mkdir(join(folder, 'boards/team'), { recursive: true });
    await mkdir(join(folder, 'catalog'));
    await file('catalog/host.json', { uid: 'vedette-host', title: 'This host', panels: [] });
    await file('boards/a.json', {
      dashboard: { uid: 'a', title: 'A', panels: [{ type: 'graph', targets: [{ expr: 'up' }] }] },
    });
    await file('boards/team/b.yaml', 'panels:\n  - title: x\n    type: stat\n    query: up\n');
    state = new TextState();
  });

  afterEach(async () => {
    await app.close();
    await room.stop(AbortSignal.timeout(1_000));
    await rm(folder, { recursive: true });
  });

  it('lists files, their folder, and the catalogue', async () => {
    await open();
    expect(room.list()).toMatchObject({
      dashboards: [
        { uid: 'a', title: 'A', folder: '', source: 'file', panelCount: 1, problemCount: 0 },
        { uid: 'vedette-host', title: 'This host', source: 'catalog' },
        { title: 'B', folder: 'team', source: 'file' },
      ],
      problems: [],
    });
  });

  it('starts without waiting for the catalogue, which is there for the first who asks', async () => {
    await start();
    expect(titles()).toEqual(['A', 'B']);
    const list = await app.inject('/api/vedette/dashboards');
    expect(list.json<{ dashboards: { title: string }[] }>().dashboards.map(({ title }) => title)).toContain(
      'This host',
    );
  });

  it('reads the catalogue soon after the start, asked or not', async () => {
    await start();
    await clock.advance(500);
    await expect.poll(titles).toEqual(['A', 'This host', 'B']);
  });

  it('names the place of a faulty file and lists the others', async () => {
    await file('boards/bad.json', '{\n "panels": [,]\n}');
    await open();
    expect(titles()).toEqual(['A', 'This host', 'B']);
    expect(room.list().problems).toMatchObject([{ file: join(folder, 'boards/bad.json'), line: 2, column: 13 }]);
  });

  it('notices changed, new and removed files at the interval', async () => {
    await open();
    await file('boards/a.json', { uid: 'a', title: 'Changed', panels: [] });
    await utimes(join(folder, 'boards/a.json'), 1, 1);
    await file('boards/c.json', { title: 'New', panels: [] });
    await rm(join(folder, 'boards/team'), { recursive: true });
    await clock.advance(10_000);
    await expect.poll(titles).toEqual(['Changed', 'New', 'This host']);
  });

  it('follows patterns and provider files, and says when a path names nothing', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await file('elsewhere/d.json', { title: 'D', panels: [] });
    await file('providers.yaml', 'apiVersion: 1\nproviders:\n  - folder: Given\n    options: { path: elsewhere }\n');
    await open({ paths: ['boards/**/*.yaml', 'providers.yaml', 'nowhere', '*.nothing'], catalog: false });
    expect(room.list().dashboards).toMatchObject([{ title: 'D', folder: 'Given' }, { title: 'B' }]);
    expect(room.list().problems.map((problem) => problem.message)).toEqual([
      'the dashboards path "nowhere" does not exist',
      `no file matches the dashboards path "*.nothing" (looked below ${folder})`,
    ]);
  });

  it('applies new settings', async () => {
    await open();
    await room.apply(config({ paths: [], catalog: false }));
    expect(titles()).toEqual([]);
  });

  it('serves the model and the untouched source', async () => {
    await open();
    const list = await app.inject('/api/vedette/dashboards');
    expect(list.json()).toEqual(JSON.parse(JSON.stringify(room.list())));
    const model = await app.inject('/api/vedette/dashboards/a');
    expect(model.json()).toMatchObject({ uid: 'a', panels: [{ type: 'timeseries', targets: [{ expr: 'up' }] }] });
    const source = await app.inject('/api/vedette/dashboards/a/source');
    expect(source.body).toBe(
      '{"dashboard":{"uid":"a","title":"A","panels":[{"type":"graph","targets":[{"expr":"up"}]}]}}',
    );
    expect(source.headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await app.inject('/api/vedette/dashboards/nothing')).statusCode).toBe(404);
  });

  it('imports, replaces, keeps over a restart, and deletes a dashboard', async () => {
    await open();
    const body = '{"uid":"mine",  "title":"Mine","panels":[{"type":"stat"}]}';
    const post = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/api/vedette/dashboards?folder=F',
        payload,
        headers: { 'content-type': 'application/json' },
      });
    const saved = await post(body);
    expect(saved.statusCode).toBe(201);
    expect(saved.json()).toMatchObject({
      summary: { uid: 'mine', folder: 'F', source: 'user' },
      problems: [{ severity: 'info' }],
    });
    expect((await post(body)).statusCode).toBe(200);
    await app.close();
    await room.stop(AbortSignal.timeout(1_000));
    await open();
    expect((await app.inject('/api/vedette/dashboards/mine/source')).body).toBe(body);
    expect((await app.inject({ method: 'DELETE', url: '/api/vedette/dashboards/mine' })).statusCode).toBe(204);
    expect((await app.inject('/api/vedette/dashboards/mine')).statusCode).toBe(404);
    expect(state.rows.size).toBe(0);
  });

  it('refuses imports that are broken, too large, or would hide a file', async () => {
    await open();
    const post = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/api/vedette/dashboards',
        payload,
        headers: { 'content-type': 'text/plain' },
      });
    expect((await post('{"panels": [}')).json()).toEqual({ message: expect.stringContaining('import:1:13') });
    expect((await post('')).statusCode).toBe(400);
    expect((await post(`{"panels":[],"x":"${'y'.repeat(5 * 1024 * 1024)}"}`)).statusCode).toBe(413);
    expect((await post('{"uid":"a","panels":[]}')).json()).toEqual({
      message: expect.stringContaining('give the import another "uid"'),
    });
    expect(state.rows.size).toBe(0);
  });

  it('deletes no file', async () => {
    await open();
    const answer = await app.inject({ method: 'DELETE', url: '/api/vedette/dashboards/a' });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain(`remove ${join(folder, 'boards/a.json')} instead`);
  });
});
