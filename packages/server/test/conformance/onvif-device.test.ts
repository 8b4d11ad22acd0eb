import { createSocket } from 'node:dgram';
import {
  type OnvifEvent,
  type OnvifReport,
  type OnvifTarget,
  compareEncoder,
  createOnvifClient,
  createPictureWatch,
} from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type Route, TestServers, endless, redirect } from './hls-server.ts';
import { OnvifDevice, notification, send } from './onvif-device.ts';

const servers = new TestServers();
const sockets: ReturnType<typeof createSocket>[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await servers.closeAll();
});

const client = createOnvifClient({ clock: new SystemClock(), policy: { allows: (ip: string) => ip === '127.0.0.1' } });
const USER = { name: 'operator', password: 'canary-hunter2' };
const credentials = { username: USER.name, password: USER.password };
const signal = new AbortController().signal;

const target = (url: string, parts: Partial<OnvifTarget> = {}): OnvifTarget => ({
  cameraId: 'cam-1',
  url,
  credentials,
  timeoutMs: 3_000,
  ...parts,
});
const inspect = async (device: OnvifDevice, parts: Partial<OnvifTarget> = {}): Promise<OnvifReport> =>
  client.inspect(target(await servers.http(device.listener), parts), signal);

describe('a device', () => {
  it('whose clock is an hour wrong is asked with its own time, and tells everything', async () => {
    const device = new OnvifDevice({ clockOffsetMs: -3_600_000, user: USER });
    const report = await inspect(device);
    expect(report.failure).toBeUndefined();
    expect(report.problems).toEqual([
      'It did not tell its address of the snapshot of sub (ActionNotSupported: no such operation).',
    ]);
    expect(device.refusals).toEqual([]);
    expect(device.operations[0]).toBe('GetSystemDateAndTime');
    expect(report.clock?.source).toBe('manual');
    expect(Math.abs((report.clock?.offsetSeconds ?? 0) + 3_600)).toBeLessThanOrEqual(
      report.clock?.uncertaintySeconds ?? 0,
    );
    expect(report.clock?.uncertaintySeconds).toBeLessThan(1);
    expect(report.device).toEqual({
      manufacturer: 'Acme & Söhne',
      model: 'Dome 4',
      firmwareVersion: '2.1.7',
      serialNumber: 'A1',
    });
    expect(report.profiles).toEqual([
      {
        token: 'p1',
        name: 'main',
        encoderToken: 'e1',
        streamUrl: 'rtsp://127.0.0.1:554/p1',
        snapshotUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/snap\/p1$/),
      },
      { token: 'p2', name: 'sub', streamUrl: 'rtsp://127.0.0.1:554/p2' },
    ]);
    expect(report.encoders).toMatchObject([
      { token: 'e1', codec: 'h264', width: 1_920, framesPerSecond: 25, keyFrameIntervalFrames: 50 },
    ]);
    expect(
      compareEncoder(report.encoders[0] ?? { token: '' }, { stream: { codec: 'mjpeg', transport: 'tcp' } }),
    ).toEqual(['It is set to H.264, and delivers MJPEG.']);
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('of the second media generation tells H.265; an old one is asked for capabilities', async () => {
    const modern = await inspect(new OnvifDevice({ media: [1, 2] }));
    expect(modern.encoders).toMatchObject([{ codec: 'h265', width: 3_840, profile: 'main' }]);
    const old = await inspect(new OnvifDevice({ old: true, user: USER }));
    expect(old.failure).toBeUndefined();
    expect(old.profiles).toHaveLength(2);
  });

  it('that refuses the credentials says so, and its clock is known all the same', async () => {
    const report = await inspect(new OnvifDevice({ user: USER }), {
      credentials: { username: 'operator', password: 'canary-wrong' },
    });
    expect(report.failure).toMatchObject({ reason: 'credentials', phase: 'describe' });
    expect(report.clock).toBeDefined();
    const none = await client.inspect(
      { cameraId: 'c', url: await servers.http(new OnvifDevice({ user: USER }).listener), timeoutMs: 2_000 },
      signal,
    );
    expect(none.failure?.message).toContain('none are known');
    expect(JSON.stringify([report, none])).not.toContain('canary');
  });

  it('that names another machine is asked itself: nobody else gets the credentials', async () => {
    const other = new OnvifDevice();
    const elsewhere = new URL(await servers.http(other.listener));
    const report = await inspect(new OnvifDevice({ user: USER, namedHost: `localhost:${elsewhere.port}` }));
    expect(report.failure).toBeUndefined();
    expect(report.profiles).toHaveLength(2);
    expect(other.operations).toEqual([]);
    expect(report.problems[0]).toContain('which is another machine');
    const metadata = await inspect(new OnvifDevice({ user: USER, namedHost: '169.254.169.254' }));
    expect(metadata.problems[0]).toContain('outside the networks that probes may reach');
    expect(metadata.profiles).toHaveLength(2);
  });
});

describe('answers that mean no good', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY ${'b'.repeat(i + 1)} "&a;&a;&a;&a;&a;&a;&a;&a;">`).join('')}]><s:Envelope xmlns:s="x"><s:Body>&b;</s:Body></s:Envelope>`;
  const cases: readonly (readonly [string, Route, string])[] = [
    ['a bomb of entities', (_, response) => void response.end(bomb), 'protocol'],
    ['depth without end', (_, response) => void response.end('<a>'.repeat(100_000)), 'protocol'],
    ['XML without end', endless('<a b="c"/>'.repeat(500)), 'protocol'],
    ['a byte at a time', endless(' ', 100), 'timeout'],
    ['a page', (_, response) => void response.end('<html></html>'), 'protocol'],
    ['nothing', () => undefined, 'timeout'],
    ['a redirect to the metadata of a cloud', redirect('http://169.254.169.254/'), 'protocol'],
    [
      'a redirect that keeps the message, to the same',
      (_, response) => void response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
      'policy',
    ],
    [
      'challenges for ever',
      (_, response) =>
        void response
          .writeHead(401, { 'www-authenticate': `Digest realm="r", nonce="${Math.random()}", stale=true` })
          .end(),
      'credentials',
    ],
    ['an absence', (_, response) => void response.writeHead(404).end(), 'path'],
  ];
  it.each(cases)('%s is classified, and bounded', async (_, route, reason) => {
    const url = await servers.http(route);
    const report = await client.inspect(target(url, { timeoutMs: 1_500 }), signal);
    expect(report.failure).toMatchObject({ reason });
    expect(report.durationMs).toBeLessThan(6_000);
    expect(report.bytesRead).toBeLessThan(2_500_000);
    expect(JSON.stringify(report)).not.toContain('canary');
    await expect.poll(() => servers.open).toBe(0);
  });

  it('in one part leave the others', async () => {
    const report = await inspect(
      new OnvifDevice({
        user: USER,
        answers: {
          GetDeviceInformation: (response) =>
            send(response, 500, '<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>'),
          GetProfiles: (response) =>
            send(
              response,
              200,
              `<r>${Array.from({ length: 500 }, (_, i) => `<Profiles token="p${i}"><Name>${'n'.repeat(5_000)}</Name></Profiles>`).join('')}</r>`,
            ),
        },
      }),
      { timeoutMs: 8_000 },
    );
    expect(report.failure).toMatchObject({ reason: 'protocol' });
    expect(report.device).toBeUndefined();
    expect(report.services.length).toBeGreaterThan(0);
    expect(report.problems).toEqual(['It did not tell its device information (Receiver).']);
  });
});

describe('events', () => {
  it('are pulled, renewed, and the subscription is ended', async () => {
    const device = new OnvifDevice({ user: USER, clockOffsetMs: 90_000 });
    const url = await servers.http(device.listener);
    device.queue.push(
      notification('tns1:VideoSource/GlobalSceneChange/ImagingService', 'State', 'true'),
      notification('tns1:Monitoring/ProcessorUsage', 'Value', '12'),
    );
    setTimeout(
      () => device.queue.push(notification('tns1:VideoSource/ImageTooDark/ImagingService', 'State', 'true')),
      600,
    );
    setTimeout(
      () => device.queue.push(notification('tns1:VideoSource/GlobalSceneChange/ImagingService', 'State', 'false')),
      1_800,
    );
    const events: OnvifEvent[] = [];
    const watch = createPictureWatch({ cameraId: 'cam-1' });
    const outcome = await client.watchEvents(
      target(url),
      {
        durationMs: 3_500,
        onEvent: (event) => {
          events.push(event);
          watch.observeEvent(event);
        },
      },
      signal,
    );
    expect(outcome).toMatchObject({ messages: 4, events: 3, unsubscribed: true });
    expect(outcome.failure).toBeUndefined();
    expect(events.map((event) => [event.event, event.active])).toEqual([
      ['tamper', true],
      ['too_dark', true],
      ['tamper', false],
    ]);
    expect(watch.findings()).toMatchObject([{ problem: 'dark', source: 'device' }]);
    expect([device.subscriptions, device.refusals]).toEqual([0, []]);
  });

  it('of a caller that gives up are ended as well', async () => {
    const device = new OnvifDevice();
    const url = await servers.http(device.listener);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 700);
    await expect(
      client.watchEvents(target(url), { durationMs: 60_000, onEvent: () => undefined }, controller.signal),
    ).rejects.toThrow('enough');
    expect(device.operations).toContain('CreatePullPointSubscription');
    expect(device.subscriptions).toBe(0);
    await expect.poll(() => servers.open).toBe(0);
  });

  it('of a device without an event service, or without mercy, end in a failure', async () => {
    const without = new OnvifDevice({
      answers: {
        GetServices: (response) =>
          send(response, 200, '<r><Service><Namespace>x</Namespace><XAddr>http://x/</XAddr></Service></r>'),
      },
    });
    const options = { durationMs: 1_000, onEvent: () => undefined };
    expect(
      (await client.watchEvents(target(await servers.http(without.listener)), options, signal)).failure,
    ).toMatchObject({ reason: 'path' });
    const cruel = new OnvifDevice({ answers: { PullMessages: (response) => send(response, 500, '<s:Fault/>') } });
    const outcome = await client.watchEvents(
      target(await servers.http(cruel.listener)),
      { ...options, durationMs: 8_000 },
      signal,
    );
    expect(outcome.failure).toMatchObject({ reason: 'server_error' });
    expect(outcome.unsubscribed).toBe(true);
    expect(cruel.operations.filter((each) => each === 'PullMessages')).toHaveLength(3);
  });
});

describe('discovery', () => {
  it('hears those who answer its question, and nobody else', async () => {
    const responder = createSocket('udp4');
    sockets.push(responder);
    const port = await new Promise<number>((done) => {
      responder.bind(0, '127.0.0.1', () => done(responder.address().port));
    });
    responder.on('message', (data, from) => {
      const id = /MessageID>([^<]*)</.exec(data.toString())?.[1] ?? '';
      const match = (relates: string, name: string, urls: string): string =>
        `<e:Envelope xmlns:e="a"><e:Header><w:RelatesTo xmlns:w="b">${relates}</w:RelatesTo></e:Header><e:Body><d:ProbeMatches xmlns:d="c"><d:ProbeMatch><w:EndpointReference xmlns:w="b"><w:Address>urn:uuid:${name}</w:Address></w:EndpointReference><d:Scopes>onvif://www.onvif.org/name/${name}</d:Scopes><d:XAddrs>${urls}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>`;
      const answers = [
        match(id, 'Gate', 'http://127.0.0.1/onvif/device_service http://10.9.9.9/x'),
        match('urn:uuid:other', 'Ghost', 'http://127.0.0.1/'),
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        'x'.repeat(60_000),
        match(id, 'Far', 'http://10.9.9.9/x'),
      ];
      for (const answer of answers) responder.send(answer, from.port, from.address);
    });
    const outcome = await client.discover({ timeoutMs: 900, address: '127.0.0.1', port }, signal);
    expect(outcome.devices).toEqual([
      {
        urls: ['http://127.0.0.1/onvif/device_service'],
        address: '127.0.0.1',
        endpoint: 'urn:uuid:Gate',
        name: 'Gate',
      },
    ]);
    // The question is asked three times, and four of five answers are no good.
    expect(outcome.ignored).toBe(12);
  });

  it('to the group of the standard ends in its time, and when it is called off', async () => {
    const outcome = await client.discover({ timeoutMs: 400, interfaceAddress: '127.0.0.1' }, signal);
    expect(outcome.devices).toEqual([]);
    await expect(
      client.discover({ timeoutMs: 5_000, address: '127.0.0.1', port: 9 }, AbortSignal.timeout(200)),
    ).rejects.toThrow(/aborted/);
  });
});
