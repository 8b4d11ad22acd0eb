import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthGate } from '../auth/gate.ts';
import { loadClips } from '../clip/clips.ts';
import { packetiseClip } from '../rtp/packetise.ts';
import { RtspServer } from './server.ts';
import type { StreamBehaviour } from './stream.ts';

const HOST = '127.0.0.1';
const clock = {
  now: () => Date.now(),
  after: (ms: number, call: () => void): Disposable => {
    const timer = setTimeout(call, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
const clip = loadClips().video('h264', 'street');
const usual: StreamBehaviour = {
  reach: 'yes',
  account: { scheme: 'none', realm: 'r', username: 'u', password: 'p' },
  prepared: { clip, packets: packetiseClip(clip) },
  noise: 'light',
  stampedFps: 25,
  deliveredFps: 25,
  lossRatio: 0,
  clockOffsetMs: 0,
  sessionsMax: 2,
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function serve(behaviour: () => StreamBehaviour): Promise<{ server: RtspServer; port: number }> {
  const server = new RtspServer({
    host: HOST,
    clock,
    gate: new AuthGate('x'),
    seed: 1,
    find: (path) => (path === 'cam/main' ? { path, cameraId: 'cam', product: 'test', behaviour } : undefined),
  });
  open.push(server);
  return { server, port: (await server.listen(0)).port };
}

interface RtpPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly atMs: number;
}

/** A client as small as can be: one request at a time, packets collected on the side. */
class Client {
  readonly socket: Socket;
  readonly media: RtpPacket[] = [];
  readonly reports: Buffer[] = [];
  readonly gone: Promise<void>;
  #buffer = Buffer.alloc(0);
  #answer: ((text: string) => void) | undefined;
  #sequence = 0;

  constructor(port: number) {
    this.socket = connect(port, HOST);
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      this.socket.once('close', () => resolve());
    });
    open.push({ close: () => this.socket.destroy() });
  }

  async ask(method: string, headers: Readonly<Record<string, string>> = {}, path = 'cam/main'): Promise<string> {
    const lines = [
      `${method} rtsp://${HOST}/${path} RTSP/1.0`,
      `CSeq: ${++this.#sequence}`,
      ...Object.entries(headers).map(([name, text]) => `${name}: ${text}`),
    ];
    const answer = new Promise<string>((resolve) => {
      this.#answer = resolve;
    });
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const text = await answer;
    expect(text).toContain(`CSeq: ${this.#sequence}`);
    return text;
  }

  async play(transport = 'RTP/AVP/TCP;unicast;interleaved=0-1'): Promise<string> {
    const setup = await this.ask('SETUP', { Transport: transport }, 'cam/main/trackID=1');
    const session = /Session: (\w+);timeout=60/.exec(setup)?.[1] ?? '';
    expect(session).not.toBe('');
    expect(await this.ask('PLAY', { Session: session })).toContain('RTSP/1.0 200');
    return session;
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      if (this.#buffer[0] === 0x24) {
        const end = 4 + (this.#buffer.length >= 4 ? this.#buffer.readUInt16BE(2) : Infinity);
        if (this.#buffer.length < end) return;
        const packet = Buffer.from(this.#buffer.subarray(4, end));
        if (this.#buffer[1] === 0) this.media.push(rtp(packet));
        else this.reports.push(packet);
        this.#buffer = this.#buffer.subarray(end);
        continue;
      }
      const head = this.#buffer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const text = this.#buffer.toString('latin1', 0, head);
      const end = head + 4 + Number(/Content-Length: (\d+)/.exec(text)?.[1] ?? 0);
      if (this.#buffer.length < end) return;
      const whole = this.#buffer.toString('latin1', 0, end);
      this.#buffer = this.#buffer.subarray(end);
      this.#answer?.(whole);
    }
  }
}

const rtp = (packet: Buffer): RtpPacket => ({
  sequence: packet.readUInt16BE(2),
  timestamp: packet.readUInt32BE(4),
  marker: ((packet[1] ?? 0) & 0x80) !== 0,
  atMs: performance.now(),
});

const gaps = (packets: readonly RtpPacket[]): number =>
  packets
    .slice(1)
    .reduce((sum, { sequence }, i) => sum + ((sequence - (packets[i]?.sequence ?? 0) + 65_536) % 65_536) - 1, 0);

describe('the RTSP server', () => {
  it('describes, plays without a gap at the rate that it stamps, and reports its clock', async () => {
    const { port, server } = await serve(() => ({ ...usual, clockOffsetMs: -5_000 }));
    const client = new Client(port);
    expect(await client.ask('OPTIONS')).toContain('Public: OPTIONS, DESCRIBE, SETUP, PLAY');
    const sdp = await client.ask('DESCRIBE');
    expect(sdp).toContain('a=rtpmap:96 H264/90000');
    expect(sdp).toMatch(/profile-level-id=6400\w\w;sprop-parameter-sets=[\w+/=]+,[\w+/=]+/);
    await client.play();
    await sleep(1_200);
    const pictures = client.media.filter((packet) => packet.marker);
    expect(pictures.length).toBeGreaterThan(22);
    expect(pictures.length).toBeLessThan(36);
    expect(gaps(client.media)).toBe(0);
    const steps = pictures
      .slice(1)
      .map(({ timestamp }, i) => (timestamp - (pictures[i]?.timestamp ?? 0) + 2 ** 32) % 2 ** 32);
    expect(new Set(steps)).toEqual(new Set([3_600]));
    const [report] = client.reports;
    expect(report?.[1]).toBe(200);
    const seconds = (report?.readUInt32BE(8) ?? 0) - 2_208_988_800;
    expect(Math.abs(seconds - (Date.now() / 1_000 - 5))).toBeLessThan(3);
    expect(server.totals('cam')).toMatchObject({ sessionsOpened: 1, packetsLost: 0 });
  });

  it('sends over UDP, and says goodbye after TEARDOWN', async () => {
    const { port, server } = await serve(() => usual);
    const media = createSocket('udp4');
    const control = createSocket('udp4');
    open.push({ close: () => media.close() }, { close: () => control.close() });
    for (const socket of [media, control]) {
      socket.bind(0, HOST);
      await once(socket, 'listening');
    }
    const packets: RtpPacket[] = [];
    const reports: Buffer[] = [];
    media.on('message', (packet) => packets.push(rtp(packet)));
    control.on('message', (packet) => reports.push(packet));
    const client = new Client(port);
    const session = await client.play(`RTP/AVP;unicast;client_port=${media.address().port}-${control.address().port}`);
    await sleep(500);
    expect(packets.length).toBeGreaterThan(10);
    expect(gaps(packets)).toBe(0);
    expect(await client.ask('TEARDOWN', { Session: session })).toContain('200');
    await sleep(50);
    const count = packets.length;
    await sleep(150);
    expect(packets).toHaveLength(count);
    expect(reports.at(-1)?.[1]).toBe(203);
    expect(server.sessions('cam')).toBe(0);
  });

  it('has so many sessions, and a place is free when a client is gone', async () => {
    const { port, server } = await serve(() => usual);
    const clients = [new Client(port), new Client(port), new Client(port)] as const;
    await clients[0].play();
    await clients[1].play();
    const transport = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' };
    expect(await clients[2].ask('SETUP', transport)).toContain('RTSP/1.0 453');
    clients[0].socket.destroy();
    await sleep(50);
    expect(server.sessions('cam')).toBe(1);
    expect(await clients[2].ask('SETUP', transport)).toContain('RTSP/1.0 200');
  });

  it('answers what cannot be with the status for it', async () => {
    const { port } = await serve(() => usual);
    const client = new Client(port);
    expect(await client.ask('DESCRIBE', {}, 'cam/other')).toContain('RTSP/1.0 404');
    expect(await client.ask('SETUP', { Transport: 'RTP/AVP;multicast' })).toContain('RTSP/1.0 461');
    expect(await client.ask('PLAY', { Session: 'ABC' })).toContain('RTSP/1.0 454');
    expect(await client.ask('ANNOUNCE')).toContain('RTSP/1.0 405');
    client.socket.write('nonsense\r\n\r\n');
    await once(client.socket, 'close');
  });

  it('lets faults begin and end in a running session', async () => {
    let behaviour = usual;
    const { port, server } = await serve(() => behaviour);
    const client = new Client(port);
    await client.play();
    await sleep(300);
    behaviour = { ...usual, reach: 'silent' };
    await sleep(60);
    const count = client.media.length;
    await sleep(300);
    expect(client.media).toHaveLength(count);
    behaviour = { ...usual, lossRatio: 0.4 };
    await sleep(800);
    expect(gaps(client.media)).toBeGreaterThan(3);
    behaviour = { ...usual, deliveredFps: 10 };
    await sleep(150);
    const before = client.media.filter((packet) => packet.marker).length;
    await sleep(1_000);
    const pictures = client.media.filter((packet) => packet.marker).length - before;
    expect(pictures).toBeGreaterThan(6);
    expect(pictures).toBeLessThan(14);
    behaviour = { ...usual, reach: 'reset' };
    await client.gone;
    expect(server.sessions('cam')).toBe(0);
  });

  it('does not answer for a camera that is silent, and cuts one that refuses', async () => {
    let reach: StreamBehaviour['reach'] = 'silent';
    const { port } = await serve(() => ({ ...usual, reach }));
    const client = new Client(port);
    const answered = await Promise.race([client.ask('DESCRIBE').then(() => true), sleep(300).then(() => false)]);
    expect(answered).toBe(false);
    reach = 'reset';
    const other = new Client(port);
    void other.ask('DESCRIBE');
    await other.gone;
  });

  it('refuses at a port that was closed, and answers when it is opened again', async () => {
    const { server } = await serve(() => usual);
    const own = await server.listen(0);
    const client = new Client(own.port);
    expect(await client.ask('OPTIONS')).toContain('200');
    await own.close();
    const refused = connect(own.port, HOST);
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await server.listen(own.port);
    expect(await new Client(own.port).ask('OPTIONS')).toContain('200');
  });
});
