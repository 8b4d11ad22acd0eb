import { writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import {
  type Running,
  Stop,
  cleanUp,
  end,
  eventually,
  freePort,
  instantQuery,
  root,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await cleanUp();
});

/** The smallest picture that the probe can tell the size of: JPEG markers of 320 × 240, and some bytes that differ from frame to frame. */
function jpeg(frame: number): Buffer {
  const size = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 240, 1, 64, 1, 1, 0x11, 0]);
  const scan = Buffer.alloc(2_000, (frame * 37) % 200);
  return Buffer.concat([size, Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]), scan, Buffer.from([0xff, 0xd9])]);
}

/** A camera that streams MJPEG at ten frames a second. */
async function mjpegCamera(): Promise<{ url: string; dead: boolean }> {
  const camera = { url: '', dead: false };
  const server: Server = createServer((_request, response) => {
    if (camera.dead) {
      response.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    let frame = 0;
    const timer = setInterval(() => {
      const picture = jpeg(frame++);
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      response.write(picture);
      response.write('\r\n');
    }, 100);
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  camera.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/video`;
  return camera;
}

/** The line between site and centre; while it is cut, connections end and none comes to be. */
async function line(port: number): Promise<{ url: string; cut: boolean }> {
  const sockets = new Set<Socket>();
  const state = { url: '', open: true };
  const server = createTcpServer((near) => {
    if (!state.open) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cut() {
      return !state.open;
    },
    set cut(cut: boolean) {
      state.open = !cut;
      if (cut) for (const socket of sockets) socket.destroy();
    },
  };
}

async function startAgent(folder: string): Promise<ReturnType<typeof start>> {
  const args = [join(root, 'bin/vedette'), 'agent', '--config', 'site.yaml', '--listen', '127.0.0.1:0'];
  const child = start(process.execPath, args, folder);
  await eventually(
    () => {
      if (child.exitCode !== null) throw new Stop(`the agent ended with ${child.exitCode}:\n${child.output()}`);
      if (!/status\s+http/.test(child.output())) throw new Error(`the agent is not ready:\n${child.output()}`);
    },
    { timeoutMs: 60_000 },
  );
  return child;
}

/** Times of all samples of the series, seconds, ascending. */
async function times(url: string, selector: string): Promise<number[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: `${selector}[30m]` }),
  });
  const { data } = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
  return data.result.flatMap(({ values }) => values.map(([seconds]) => seconds));
}

const longestGap = (seconds: readonly number[]): number =>
  Math.max(0, ...seconds.slice(1).map((second, i) => second - (seconds[i] as number)));

async function state(centre: Running, id: string): Promise<{ state: string; kinds: string[]; cause?: string }> {
  const answer = (await (await fetch(`${centre.url}/api/vedette/fleet/cameras/${id}`)).json()) as {
    status: { state: string; troubles: { kind: string }[] };
    cause?: { level: string };
  };
  return {
    state: answer.status.state,
    kinds: answer.status.troubles.map(({ kind }) => kind),
    ...(answer.cause ? { cause: answer.cause.level } : {}),
  };
}

it('a site’s agent back-fills what a cut line and kill -9 held up, and the centre tells the line from the cameras', async () => {
  const centreFolder = temporaryFolder();
  const siteFolder = temporaryFolder();
  const [good, bad] = [await mjpegCamera(), await mjpegCamera()];
  // The centre knows the cameras and does not probe them.
  writeFileSync(
    join(centreFolder, 'cameras.yaml'),
    'cameras:\n  - { id: good, site: north, probe: false }\n  - { id: bad, site: north, probe: false }\n',
  );
  const listen = `127.0.0.1:${await freePort()}`;
  const config = `host_collector: { enabled: false }
catalog: { rules: false }
fleet:
  inventory: { files: [cameras.yaml] }
  health: { link_down_after: 20s, classes: { default: { stale_after: 15s } } }
`;
  let centre = await startVedette({ folder: centreFolder, listen, config });
  const link = await line(Number(listen.split(':')[1]));
  writeFileSync(
    join(siteFolder, 'cameras.yaml'),
    `cameras:
  - { id: good, site: north, streams: { main: { url: "${good.url}" } } }
  - { id: bad, site: north, streams: { main: { url: "${bad.url}" } } }
`,
  );
  writeFileSync(
    join(siteFolder, 'site.yaml'),
    `agent: { name: box-1, site: north, heartbeat_interval: 1s }
host_collector: { enabled: false }
fleet:
  inventory: { files: [cameras.yaml] }
  probes: { interval: 3s, timeout: 2s, window: 2s, recheck: [1s, 1s], scrape_interval: 1s }
remote_write:
  - url: ${link.url}/api/v1/write
    name: centre
    queue_config: { batch_send_deadline: 200ms, max_backoff: 500ms }
`,
  );
  let agent = await startAgent(siteFolder);

  await eventually(async () => {
    expect(await instantQuery(centre.url, 'camera_up{camera_id="good",agent="box-1",site="north"} == 1')).toHaveLength(
      1,
    );
    expect(await instantQuery(centre.url, 'vedette_agent_up{agent="box-1",site="north"} == 1')).toHaveLength(1);
    expect((await state(centre, 'good')).state).toBe('ok');
  });

  // A camera that dies is the camera, not the line.
  bad.dead = true;
  await eventually(async () => {
    expect((await state(centre, 'bad')).state).toBe('offline');
    expect((await state(centre, 'good')).state).toBe('ok');
  });
  bad.dead = false;
  await eventually(async () => expect((await state(centre, 'bad')).state).toBe('ok'));

  // The line is cut; the agent is killed meanwhile, and started again.
  link.cut = true;
  await sleep(8_000);
  await end(agent, 'SIGKILL');
  agent = await startAgent(siteFolder);
  await eventually(
    async () => {
      const contact = await instantQuery(
        centre.url,
        'time() - vedette_agent_last_contact_timestamp_seconds{agent="box-1"} > 20',
      );
      expect(contact).toHaveLength(1);
      for (const id of ['good', 'bad']) expect((await state(centre, id)).kinds[0]).toBe('link_down');
    },
    { timeoutMs: 60_000 },
  );
  // The centre is killed too while nothing comes.
  await centre.stop('SIGKILL');
  centre = await startVedette({ folder: centreFolder, listen, config });
  link.cut = false;

  await eventually(async () => {
    expect(await instantQuery(centre.url, 'time() - vedette_agent_last_contact_timestamp_seconds < 20')).toHaveLength(
      1,
    );
    for (const id of ['good', 'bad']) expect((await state(centre, id)).state).toBe('ok');
    // Everything of the time without a line is there; only the restart of the agent left a gap.
    const beats = await times(centre.url, 'vedette_agent_up');
    expect(longestGap(beats)).toBeLessThan(10);
    expect(beats.length).toBeGreaterThan(30);
    const known = await times(centre.url, 'camera_up{camera_id="good"}');
    expect(longestGap(known)).toBeLessThan(12);
  });
  expect(await end(agent)).toBe(0);
  await centre.stop();
});
