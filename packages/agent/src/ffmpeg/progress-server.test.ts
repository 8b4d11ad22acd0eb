import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../testing/stepped-clock.ts';
import { FfmpegProgressBook } from './progress-book.ts';
import { pipeProgress } from './progress-pipe.ts';
import { ProgressReceiver } from './progress-receiver.ts';
import { ProgressServer } from './progress-server.ts';

const BLOCK = 'frame=7\nout_time_us=1000000\nprogress=continue\n';

describe('the progress server', () => {
  const servers: ProgressServer[] = [];
  let book: FfmpegProgressBook;

  beforeEach(() => {
    book = new FfmpegProgressBook(systemClock);
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(more: { token?: () => string | undefined; port?: number } = {}): Promise<ProgressServer> {
    const receiver = new ProgressReceiver({ book, clock: systemClock, knows: (id) => id === 'a/b' });
    const server = new ProgressServer({ receiver, host: '127.0.0.1', port: 0, ...more });
    servers.push(server);
    await server.start();
    return server;
  }

  const post = async (server: ProgressServer, path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body: BLOCK, ...init })).status;

  it('takes what is posted for a camera that is known, and nothing else', async () => {
    const server = await start();
    expect(await post(server, '/ffmpeg/a%2Fb')).toBe(204);
    expect(book.progress()).toMatchObject([{ cameraId: 'a/b', block: { frame: 7 } }]);
    expect(await post(server, '/ffmpeg/stranger')).toBe(404);
    expect(await post(server, '/ffmpeg/%')).toBe(404);
    expect(await post(server, '/')).toBe(404);
    expect(await post(server, '/ffmpeg/a%2Fb', { method: 'GET', body: null })).toBe(405);
    expect(book.progress()).toHaveLength(1);
  });

  it('wants its token, as ffmpeg and as others send it', async () => {
    const server = await start({ token: () => 'hunter2' });
    const as = (authorization: string): Promise<number> =>
      post(server, '/ffmpeg/a%2Fb', { headers: { authorization } });
    expect(await post(server, '/ffmpeg/a%2Fb')).toBe(401);
    expect(await as('Bearer wrong')).toBe(401);
    expect(await as(`Basic ${Buffer.from('any:wrong').toString('base64')}`)).toBe(401);
    expect(book.progress()).toEqual([]);
    expect(await as('Bearer hunter2')).toBe(204);
    expect(await as(`Basic ${Buffer.from('any:hunter2').toString('base64')}`)).toBe(204);
    const none = await start({ token: () => undefined });
    expect(await post(none, '/ffmpeg/a%2Fb')).toBe(401);
  });

  it('does not listen beyond loopback without a token', async () => {
    const receiver = new ProgressReceiver({ book, clock: systemClock, knows: () => true });
    await expect(new ProgressServer({ receiver, host: '0.0.0.0', port: 0 }).start()).rejects.toThrow(/set a token/);
  });

  it('is reached by the pipe, which tries again and never holds its input up', async () => {
    const faults: string[] = [];
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const input = new PassThrough();
    const options = {
      clock,
      server: `http://127.0.0.1:${port}`,
      cameraId: 'a/b',
      onFault: (text: string) => void faults.push(text),
    };
    const piping = pipeProgress(input, options);
    input.write(BLOCK);
    await expect.poll(() => faults).toEqual([`127.0.0.1:${port}: ECONNREFUSED`]);
    // Nobody listens; ffmpeg writes on.
    for (let i = 0; i < 100; i++) input.write(Buffer.alloc(100_000, 'x'));
    await expect.poll(() => input.readableLength).toBe(0);
    await start({ port });
    nowMs += 5_000;
    input.write(`\n${BLOCK}`);
    await expect.poll(() => book.progress()[0]?.block.frame).toBe(7);
    expect(book.progress()[0]?.block.ended).toBe(false);
    input.end('frame=9\nprogress=end\n');
    await piping;
    expect(book.progress()[0]?.block).toMatchObject({ frame: 9, ended: true });
    expect(faults).toHaveLength(1);
  });
});
