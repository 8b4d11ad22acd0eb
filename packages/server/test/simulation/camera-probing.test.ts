import {
  type Clock,
  type FailureReason,
  PROBING_DEFAULTS,
  type Probe,
  type ProbePlan,
  type ProbeReport,
  type ProbeTarget,
  createProbing,
} from '@vedette/agent';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

/** The real scheduler on a virtual clock; cameras are functions of time that answer as a probe does. */

interface Behaviour {
  /** How long a probe takes, ms; Infinity: it never ends, whatever its signal says. */
  readonly takesMs?: number;
  readonly failure?: FailureReason;
  readonly fps?: number;
  readonly bytes?: number;
  readonly keyFrames?: number;
  readonly parameterSets?: string;
}

interface Started {
  readonly atMs: number;
  readonly target: ProbeTarget;
}

/** Where a probe asks cameras how they are at this moment. */
function fleet(clock: Clock, behaviourOf: (target: ProbeTarget, atMs: number) => Behaviour) {
  const started: Started[] = [];
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const enter = (key: string): void => {
    const now = (running.get(key) ?? 0) + 1;
    running.set(key, now);
    most.set(key, Math.max(most.get(key) ?? 0, now));
  };
  const leave = (key: string): void => void running.set(key, (running.get(key) ?? 1) - 1);
  const probe: Probe = async (target, signal) => {
    const startedAtMs = clock.now();
    started.push({ atMs: startedAtMs, target });
    const behaviour = behaviourOf(target, startedAtMs);
    const keys = ['all', new URL(target.url).host, target.cameraId];
    keys.forEach(enter);
    try {
      const { takesMs = 400 } = behaviour;
      if (takesMs === Number.POSITIVE_INFINITY) await new Promise<never>(() => undefined);
      await clock.sleep(Math.min(takesMs, target.timeoutMs), signal);
    } finally {
      keys.forEach(leave);
    }
    return reportOf(target, startedAtMs, clock.now() - startedAtMs, behaviour);
  };
  return {
    probe,
    started,
    most: (key: string) => most.get(key) ?? 0,
    of: (id: string) => started.filter(({ target }) => target.cameraId === id),
  };
}

function reportOf(target: ProbeTarget, startedAtMs: number, durationMs: number, behaviour: Behaviour): ProbeReport {
  const { failure, fps = 25, bytes = 50_000, keyFrames = 5, parameterSets = 'abc' } = behaviour;
  const head = { cameraId: target.cameraId, protocol: 'rtsp', mode: target.mode, startedAtMs, durationMs } as const;
  if (failure) {
    const words = { reason: failure, phase: 'connect', message: 'It does not answer.' } as const;
    return { ...head, failure: words, phasesMs: { connect: durationMs }, bytesRead: 0 };
  }
  return {
    ...head,
    phasesMs: { connect: 3, first_packet: 60 },
    stream: { codec: 'h264', width: 1920, height: 1080, declaredFps: 25, transport: 'tcp', parameterSets },
    measured: {
      bytes,
      spanMs: durationMs,
      frames: 100,
      keyFrames: target.mode === 'full' ? keyFrames : 1,
      packets: 400,
      packetsLost: 0,
      stampedFps: fps,
      ...(target.mode === 'full' ? { framesPerSecond: fps, bitsPerSecond: 4e6, keyFrameIntervalSeconds: 2 } : {}),
    },
    bytesRead: bytes,
  };
}

const camera = (id: string, rest: Partial<ProbePlan> = {}): ProbePlan => ({
  cameraId: id,
  streams: { main: { url: `rtsp://${id}.example/main` }, sub: { url: `rtsp://${id}.example/sub` } },
  ...rest,
});
const cameras = (count: number, rest: Partial<ProbePlan> = {}): ProbePlan[] =>
  Array.from({ length: count }, (_, i) => camera(`cam-${String(i).padStart(4, '0')}`, rest));

const MINUTE = 60_000;

async function value(page: Promise<string>, series: string): Promise<number | undefined> {
  const text = (await page).split('\n').find((line) => line.startsWith(`${series} `));
  return text === undefined ? undefined : Number(text.slice(series.length + 1));
}

describe('the schedule', () => {
  it('spreads 5,000 cameras evenly, and every one is probed once a minute', { timeout: 120_000 }, async () => {
    const clock = new VirtualClock();
    const world = fleet(clock, () => ({}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans(cameras(5_000));
    probing.start();
    await clock.advance(2 * MINUTE);
    world.started.length = 0;
    const fromMs = clock.now();
    await clock.advance(2 * MINUTE);
    const counts = new Map<string, number>();
    const seconds = Array.from({ length: 120 }, () => 0);
    for (const { atMs, target } of world.started) {
      counts.set(target.cameraId, (counts.get(target.cameraId) ?? 0) + 1);
      const second = Math.min(119, Math.floor((atMs - fromMs) / 1_000));
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    expect(counts.size).toBe(5_000);
    expect([...new Set(counts.values())]).toEqual([2]);
    // 83 a second on average; a Poisson spread stays well below twice as many.
    expect(Math.max(...seconds)).toBeLessThan(140);
    expect(Math.min(...seconds)).toBeGreaterThan(40);
    expect(await value(probing.collect(new AbortController().signal), 'vedette_probe_late_seconds')).toBeLessThan(0.5);
    await probing.stop();
  });

  it('every tenth probe is a full one of the main stream, the others are cheap ones of the sub stream', async () => {
    const clock = new VirtualClock();
    const world = fleet(clock, () => ({}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans([camera('a')]);
    probing.start();
    await clock.advance(41 * MINUTE);
    const made = world.of('a').map(({ target }) => `${target.mode} ${target.url.split('/').at(-1)}`);
    // The first looks at the main stream: it tells what the stream is.
    expect(made.shift()).toBe('cheap main');
    const full = made.flatMap((what, i) => (what === 'full main' ? [i] : []));
    expect(full.length).toBeGreaterThanOrEqual(3);
    for (const [i, at] of full.entries()) if (i > 0) expect(at - (full[i - 1] as number)).toBe(10);
    expect(new Set(made)).toEqual(new Set(['cheap sub', 'full main']));
    await probing.stop();
  });

  it('asks a recorder for at most four at once, and a camera for one', async () => {
    const clock = new VirtualClock();
    const world = fleet(clock, () => ({ takesMs: 2_500 }));
    const plans = Array.from({ length: 64 }, (_, i) => ({
      ...camera(`ch-${i}`, { recorder: 'nvr-1' }),
      streams: { main: { url: `rtsp://nvr.example/${i}` } },
    }));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans(plans);
    probing.start();
    await clock.advance(5 * MINUTE);
    expect(world.most('nvr.example')).toBe(4);
    expect(world.most('ch-7')).toBe(1);
    await probing.stop();
  });

  it('of a recorder that is asked without a pause lets what confirms go before what is only due', async () => {
    const clock = new VirtualClock();
    let lose = '';
    let lostAtMs = 0;
    const world = fleet(clock, ({ cameraId }, atMs) => {
      if (cameraId !== lose) return { takesMs: 1_900 };
      lose = '';
      lostAtMs = atMs;
      return { takesMs: 1_900, failure: 'timeout' };
    });
    const probing = createProbing({ clock, probes: { rtsp: world.probe } }, { concurrencyPerRecorder: 1 });
    probing.setPlans(cameras(40, { recorder: 'nvr-1' }));
    probing.start();
    await clock.advance(10 * MINUTE);
    lose = 'cam-0011';
    await clock.advance(5 * MINUTE);
    const again = world.of('cam-0011').find(({ atMs }) => atMs > lostAtMs) as Started;
    // 1.9 s for the probe that failed, 5 s, and the one that runs then.
    expect(lostAtMs).toBeGreaterThan(0);
    expect(again.atMs - lostAtMs).toBeLessThan(9_000);
    await probing.stop();
  });

  it('changes with the inventory while it runs: who stays keeps its slot and its counters', async () => {
    const clock = new VirtualClock();
    const world = fleet(clock, () => ({}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('stays'), camera('goes')]);
    probing.start();
    await clock.advance(5 * MINUTE);
    const nextAt = probing.nextAt('stays');
    const bytes = await value(page(), 'camera_received_bytes_total{camera_id="stays"}');
    probing.setPlans([camera('stays'), camera('comes')]);
    expect(probing.nextAt('stays')).toBe(nextAt);
    expect(await value(page(), 'camera_up{camera_id="goes"}')).toBeUndefined();
    await clock.advance(2 * MINUTE);
    expect(await value(page(), 'camera_up{camera_id="comes"}')).toBe(1);
    expect(world.of('goes').every(({ atMs }) => atMs <= clock.now() - 2 * MINUTE)).toBe(true);
    expect(await value(page(), 'camera_received_bytes_total{camera_id="stays"}')).toBeGreaterThan(bytes ?? 0);
    // Another address: the camera is looked at at once, and what was counted stays.
    const before = world.of('stays').length;
    probing.setPlans([camera('stays', { streams: { main: { url: 'rtsp://moved.example/main' } } })]);
    await clock.advance(5_000);
    expect(world.of('stays').length).toBe(before + 1);
    expect(world.of('stays').at(-1)?.target.url).toBe('rtsp://moved.example/main');
    expect(await value(page(), 'camera_received_bytes_total{camera_id="stays"}')).toBeGreaterThan(bytes ?? 0);
    await probing.stop();
  });
});

describe('trouble', () => {
  it(
    'is confirmed within 90 s and never by one probe, wherever in the minute it begins',
    { timeout: 60_000 },
    async () => {
      const clock = new VirtualClock();
      const troubleAtMs = clock.now() + 10 * MINUTE;
      // Silent: the whole time-out passes.
      const world = fleet(clock, (_target, atMs) =>
        atMs < troubleAtMs ? {} : { takesMs: 60_000, failure: 'timeout' },
      );
      const plans = cameras(100);
      const probing = createProbing({ clock, probes: { rtsp: world.probe } });
      probing.setPlans(plans);
      probing.start();
      await clock.advance(troubleAtMs - clock.now());
      const failedOnceUp = new Set<string>();
      const found = new Map<string, number>();
      while (clock.now() < troubleAtMs + 90_000) {
        await clock.advance(1_000);
        const lines = (await probing.collect(new AbortController().signal)).split('\n');
        for (const { cameraId } of plans) {
          if (found.has(cameraId)) continue;
          if (lines.includes(`camera_up{camera_id="${cameraId}"} 0`)) found.set(cameraId, clock.now() - troubleAtMs);
          else if (lines.includes(`camera_probe_consecutive_failures{camera_id="${cameraId}"} 1`))
            failedOnceUp.add(cameraId);
        }
      }
      expect(found.size).toBe(100);
      // The page is stored every five seconds: they are within the ninety.
      expect(Math.max(...found.values())).toBeLessThanOrEqual(85_000);
      // One failure was seen first, with the camera still up.
      expect(failedOnceUp.size).toBe(100);
      await probing.stop();
    },
  );

  it('of a camera that came back with a low rate is confirmed as soon as the first time', async () => {
    const clock = new VirtualClock();
    let behaviour: Behaviour = {};
    const world = fleet(clock, () => behaviour);
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans([camera('a', { expected: { framesPerSecond: 25 } })]);
    probing.start();
    await clock.advance(10 * MINUTE);
    behaviour = { fps: 8 };
    const rechecks: number[] = [];
    for (let outage = 0; outage < 3; outage++) {
      await clock.advance(25 * MINUTE);
      behaviour = { failure: 'timeout' };
      world.started.length = 0;
      await clock.advance(5 * MINUTE);
      const [first, second] = world.of('a');
      rechecks.push((second?.atMs ?? 0) - (first?.atMs ?? 0));
      behaviour = { fps: 8 };
    }
    for (const recheckMs of rechecks) expect(recheckMs).toBeLessThan(10_000);
    await probing.stop();
  });

  it('that is one lost probe leaves the camera up', async () => {
    const clock = new VirtualClock();
    let lose = 0;
    const world = fleet(clock, () => (lose-- > 0 ? { failure: 'timeout' } : {}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('a')]);
    probing.start();
    await clock.advance(3 * MINUTE);
    lose = 1;
    let down = 0;
    for (let i = 0; i < 180; i++) {
      await clock.advance(1_000);
      if ((await value(page(), 'camera_up{camera_id="a"}')) !== 1) down++;
    }
    expect(down).toBe(0);
    await probing.stop();
  });

  it('is told with its reason, its time and its counters, and ends with one success', async () => {
    const clock = new VirtualClock();
    let refuse = false;
    const world = fleet(clock, () => (refuse ? { failure: 'credentials' } : {}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('a')]);
    probing.start();
    await clock.advance(15 * MINUTE);
    expect(await value(page(), 'camera_frames_per_second{camera_id="a"}')).toBe(25);
    refuse = true;
    await clock.advance(3 * MINUTE);
    expect(await value(page(), 'camera_probe_failure{camera_id="a",reason="credentials"}')).toBe(1);
    expect(await value(page(), 'camera_probe_success{camera_id="a"}')).toBe(0);
    expect(await value(page(), 'camera_probe_consecutive_failures{camera_id="a"}')).toBeGreaterThanOrEqual(3);
    // What it measured last is not true any more; what it was is.
    expect(await value(page(), 'camera_frames_per_second{camera_id="a"}')).toBeUndefined();
    expect(await page()).toContain('camera_stream_info{camera_id="a",codec="h264",profile="",width="1920"');
    expect(probing.latest('a')?.failure?.reason).toBe('credentials');
    refuse = false;
    await clock.advance(2 * MINUTE);
    expect(await value(page(), 'camera_up{camera_id="a"}')).toBe(1);
    expect(await value(page(), 'camera_reconnects_total{camera_id="a"}')).toBe(1);
    expect(await page()).not.toContain('camera_probe_failure{');
    await probing.stop();
  });

  it('of a rate below what is usual is measured again at once, and what is usual does not follow', async () => {
    const clock = new VirtualClock();
    let fps = 25;
    const world = fleet(clock, () => ({ fps }));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('a')]);
    probing.start();
    await clock.advance(60 * MINUTE);
    expect(await value(page(), 'camera_expected_fps{camera_id="a"}')).toBe(25);
    fps = 11.8;
    world.started.length = 0;
    await clock.advance(20 * MINUTE);
    const full = world.of('a').filter(({ target }) => target.mode === 'full');
    expect((full[1]?.atMs ?? 0) - (full[0]?.atMs ?? 0)).toBeLessThan(20_000);
    expect(await value(page(), 'camera_frames_per_second{camera_id="a"}')).toBe(11.8);
    expect(await value(page(), 'camera_expected_fps{camera_id="a"}')).toBe(25);
    await probing.stop();
  });

  it('of the sub stream alone is no outage: the main one is probed, and the page says why', async () => {
    const clock = new VirtualClock();
    let wrong = true;
    const world = fleet(clock, ({ url }) => (wrong && url.endsWith('/sub') ? { failure: 'path' } : {}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('a')]);
    probing.start();
    let down = 0;
    for (let i = 0; i < 60; i++) {
      await clock.advance(30_000);
      if ((await value(page(), 'camera_up{camera_id="a"}')) === 0) down++;
    }
    expect(down).toBe(0);
    expect(await value(page(), 'camera_probe_substream_failure{camera_id="a",reason="path"}')).toBe(1);
    expect(await value(page(), 'camera_probe_success{camera_id="a"}')).toBe(1);
    expect(await value(page(), 'camera_reconnects_total{camera_id="a"}')).toBe(0);
    wrong = false;
    await clock.advance(15 * MINUTE);
    expect(await page()).not.toContain('camera_probe_substream_failure{');
    await probing.stop();
  });

  it('settings that change are counted, looked at again, and make the usual rate new', async () => {
    const clock = new VirtualClock();
    let parameterSets = 'one';
    let fps = 25;
    const world = fleet(clock, () => ({ parameterSets, fps }));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    const page = (): Promise<string> => probing.collect(new AbortController().signal);
    probing.setPlans([camera('a', { streams: { main: { url: 'rtsp://a.example/main' } } })]);
    probing.start();
    await clock.advance(60 * MINUTE);
    expect(await value(page(), 'camera_parameter_set_changes_total{camera_id="a"}')).toBe(0);
    parameterSets = 'two';
    fps = 12.5;
    await clock.advance(60 * MINUTE);
    expect(await value(page(), 'camera_parameter_set_changes_total{camera_id="a"}')).toBe(1);
    expect(await value(page(), 'camera_expected_fps{camera_id="a"}')).toBe(12.5);
    await probing.stop();
  });
});

describe('hostile and hanging cameras', () => {
  it('that never end, and do not hear that they should, make no other camera late', { timeout: 60_000 }, async () => {
    const clock = new VirtualClock();
    const hanging = new Set(cameras(100).map(({ cameraId }) => cameraId));
    const world = fleet(clock, ({ cameraId }) => (hanging.has(cameraId) ? { takesMs: Number.POSITIVE_INFINITY } : {}));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } }, { concurrency: 32 });
    const plans = cameras(300);
    probing.setPlans(plans);
    probing.start();
    await clock.advance(5 * MINUTE);
    world.started.length = 0;
    const fromMs = clock.now();
    await clock.advance(5 * MINUTE);
    for (const { cameraId } of plans.slice(100)) {
      const times = world.of(cameraId).map(({ atMs }) => atMs);
      expect(times.length, cameraId).toBe(5);
      for (const [i, at] of times.entries())
        if (i > 0) expect(at - (times[i - 1] as number), cameraId).toBeLessThan(62_000);
      expect((times[0] as number) - fromMs).toBeLessThan(62_000);
    }
    const page = probing.collect(new AbortController().signal);
    expect(await value(page, 'vedette_probe_abandoned_total')).toBeGreaterThan(200);
    expect(await value(page, 'camera_probe_failure{camera_id="cam-0000",reason="timeout"}')).toBe(1);
    const stopping = probing.stop();
    await clock.advance(5_000);
    await stopping;
  });

  it('behind a recorder leave the sessions of the others alone', async () => {
    const clock = new VirtualClock();
    const plans = Array.from({ length: 32 }, (_, i) => ({
      ...camera(`ch-${i}`, { recorder: 'nvr-1' }),
      streams: { main: { url: `rtsp://nvr.example/${i}` } },
    }));
    // Half of the channels accept and then say nothing: sessions are held for the whole time-out.
    const world = fleet(clock, ({ cameraId }) =>
      Number(cameraId.slice(3)) < 16 ? { takesMs: 60_000, failure: 'no_packets' } : { takesMs: 1_500 },
    );
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans(plans);
    probing.start();
    await clock.advance(10 * MINUTE);
    world.started.length = 0;
    await clock.advance(10 * MINUTE);
    for (let i = 16; i < 32; i++) expect(world.of(`ch-${i}`).length, `ch-${i}`).toBeGreaterThanOrEqual(9);
    expect(world.most('nvr.example')).toBeLessThanOrEqual(4);
    await probing.stop();
  });

  it('a recorder that is not there is found with all its cameras within 90 s', async () => {
    const clock = new VirtualClock();
    const plans = Array.from({ length: 64 }, (_, i) => ({
      ...camera(`ch-${i}`, { recorder: 'nvr-1' }),
      streams: { main: { url: `rtsp://nvr.example/${i}` } },
    }));
    const gone = clock.now() + 5 * MINUTE;
    const world = fleet(clock, (_target, atMs) => (atMs < gone ? {} : { takesMs: 60_000, failure: 'timeout' }));
    const probing = createProbing({ clock, probes: { rtsp: world.probe } });
    probing.setPlans(plans);
    probing.start();
    await clock.advance(5 * MINUTE + 90_000);
    const page = await probing.collect(new AbortController().signal);
    expect(page.split('\n').filter((line) => /^camera_up\{.*\} 0$/.test(line)).length).toBe(64);
    await probing.stop();
  });

  it('a probe that throws, or credentials that cannot be read, are failures of that camera', async () => {
    const clock = new VirtualClock();
    const probe: Probe = () => {
      throw new Error('a programming error');
    };
    const probing = createProbing({ clock, probes: { rtsp: probe } });
    probing.setPlans([
      camera('throws'),
      camera('secret', {
        credentials: () => {
          throw new Error('The environment has no variable CAMERA_PASSWORD.');
        },
      }),
      camera('odd', { streams: { main: { url: 'gopher://a.example/' } } }),
    ]);
    probing.start();
    await clock.advance(MINUTE);
    expect(probing.latest('throws')?.failure?.message).toContain('a programming error');
    expect(probing.latest('secret')?.failure).toMatchObject({ reason: 'no_credentials' });
    expect(probing.latest('secret')?.failure?.message).toContain('CAMERA_PASSWORD');
    expect(probing.latest('odd')?.failure?.reason).toBe('protocol');
    await probing.stop();
  });
});

describe('the byte budget', () => {
  it(
    'turns full probes into cheap ones and puts cheap ones off, and keeps to the rate',
    { timeout: 60_000 },
    async () => {
      const clock = new VirtualClock();
      let bytes = 0;
      const world = fleet(clock, ({ mode }) => ({ bytes: mode === 'full' ? 4_000_000 : 100_000 }));
      const probe: Probe = async (target, signal) => {
        const report = await world.probe(target, signal);
        bytes += report.bytesRead;
        return report;
      };
      const bytesPerSecond = 1_000_000;
      const probing = createProbing({ clock, probes: { rtsp: probe } }, { bytesPerSecond });
      // 500 cheap probes a minute cost 0.83 MB/s, and the full ones three times as much.
      probing.setPlans(cameras(500));
      probing.start();
      await clock.advance(10 * MINUTE);
      bytes = 0;
      world.started.length = 0;
      await clock.advance(20 * MINUTE);
      expect(bytes / 1_200).toBeLessThan(bytesPerSecond * 1.05);
      expect(bytes / 1_200).toBeGreaterThan(bytesPerSecond * 0.7);
      const page = probing.collect(new AbortController().signal);
      expect(await value(page, 'vedette_probe_skipped_total{reason="budget",mode="full"}')).toBeGreaterThan(100);
      // Every camera is still looked at.
      const seen = new Set(world.started.map(({ target }) => target.cameraId));
      expect(seen.size).toBe(500);
      await probing.stop();
    },
  );
});

it('the page is one that our own parser reads, each family together', async () => {
  const clock = new VirtualClock();
  const world = fleet(clock, ({ cameraId }) => (cameraId === 'cam-0001' ? { failure: 'refused' } : {}));
  const probing = createProbing({ clock, probes: { rtsp: world.probe } });
  probing.setPlans(cameras(3, { expected: { framesPerSecond: 20 } }));
  probing.start();
  await clock.advance(15 * MINUTE);
  const lines = (await probing.collect(new AbortController().signal)).trimEnd().split('\n');
  const families: string[] = [];
  for (const line of lines) {
    if (line.startsWith('# TYPE')) families.push(line.split(' ')[2] ?? '');
    else if (!line.startsWith('#')) expect(line.startsWith(families.at(-1) ?? '?'), line).toBe(true);
  }
  expect(new Set(families).size).toBe(families.length);
  // The inventory's own page tells what it expects.
  expect(lines.filter((line) => line.startsWith('camera_expected_fps'))).toEqual([]);
  expect(lines).toContain('camera_rtp_packets_lost_total{camera_id="cam-0000"} 0');
  expect(PROBING_DEFAULTS.failuresToDown).toBeGreaterThanOrEqual(2);
  await probing.stop();
});

it('stopping ends what runs, and nothing is probed after it', async () => {
  const clock = new VirtualClock();
  let aborted = 0;
  const probe: Probe = async (_target, signal) => {
    signal.addEventListener('abort', () => aborted++);
    await clock.sleep(60_000, signal);
    throw new Error('unreachable');
  };
  const probing = createProbing({ clock, probes: { rtsp: probe } });
  probing.setPlans(cameras(10));
  probing.start();
  await clock.advance(2_000);
  await probing.stop();
  expect(aborted).toBe(10);
  await clock.advance(5 * MINUTE);
  expect(aborted).toBe(10);
});

it('slow snapshots make no stream late, and a camera is asked one thing at a time', async () => {
  const clock = new VirtualClock();
  const world = fleet(clock, () => ({ takesMs: 1_000 }));
  let running = 0;
  let most = 0;
  let together = 0;
  const busy = new Set<string>();
  const probe: Probe = async (target, signal) => {
    if (busy.has(target.cameraId)) together++;
    return world.probe(target, signal);
  };
  const snapshot = {
    read: async ({ cameraId }: { cameraId: string }) => {
      most = Math.max(most, ++running);
      busy.add(cameraId);
      await clock.sleep(6_000);
      busy.delete(cameraId);
      running--;
      const failure = { reason: 'timeout', phase: 'play', message: 'It took too long.' } as const;
      return { atMs: clock.now(), failure };
    },
    close: async () => undefined,
  };
  const plans = cameras(64).map((plan, i) => ({
    ...plan,
    recorder: 'nvr-1',
    streams: {
      main: { url: `rtsp://nvr.example/${i}` },
      snapshot: { url: `http://nvr.example/${i}.jpg` },
    },
  }));
  const probing = createProbing({ clock, probes: { rtsp: probe, snapshot } }, { snapshotIntervalMs: 60_000 });
  probing.setPlans(plans);
  probing.start();
  await clock.advance(5 * MINUTE);
  world.started.length = 0;
  await clock.advance(10 * MINUTE);
  for (const { cameraId } of plans) expect(world.of(cameraId).length, cameraId).toBeGreaterThanOrEqual(9);
  expect(most).toBe(2);
  expect(together).toBe(0);
  const stopping = probing.stop();
  await clock.advance(30_000);
  await stopping;
});
