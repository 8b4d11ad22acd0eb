import { FAILURE_REASONS } from '@vedette/agent';
import type { Camera } from '@vedette/wire/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { CameraEvidence, FACT, type Fact, SharedEvidence } from '../evidence/index.ts';
import { ClassPolicies, healthConfigSchema } from './class-policy.ts';
import { type Verdict, judge } from './judge.ts';
import { HealthMemory } from './look.ts';

const START = Date.UTC(2026, 10, 2);
const SECOND = 1_000;
const MINUTE = 60_000;

/** One camera, what is heard of it, and looks at it at the times that the test says. */
class Bench {
  readonly evidence = new CameraEvidence();
  readonly shared = new SharedEvidence();
  readonly memory = new HealthMemory();
  atMs = START;
  camera: Camera;
  scheduled = true;
  maintenance: { from: string; to: string; reason?: string } | undefined;
  readonly #policies: ClassPolicies;

  constructor(camera: Partial<Camera> = {}, settings: unknown = undefined) {
    this.camera = {
      id: 'gate',
      source: 'file',
      recorder: 'nvr-1',
      expected: { frames_per_second: 25 },
      labels: { model_name: 'plates' },
      ...camera,
    };
    this.#policies = new ClassPolicies(healthConfigSchema.parse(settings));
  }

  hear(facts: Partial<Record<keyof typeof FACT, number>>): void {
    for (const [name, value] of Object.entries(facts))
      this.evidence.setFact(FACT[name as keyof typeof FACT] as Fact, value, this.atMs, '');
  }

  info(labels: Record<string, string>): void {
    this.evidence.setInfo(
      Labels.fromObject({ __name__: 'camera_stream_info', codec: 'h264', transport: 'tcp', ...labels }),
      1,
      this.atMs,
      '',
    );
  }

  look(): Verdict {
    return judge(
      {
        camera: this.camera,
        evidence: this.evidence,
        shared: this.shared,
        hosts: ['nvr-1'],
        models: ['plates'],
        policy: this.#policies.of(this.camera.class),
        scheduled: this.scheduled,
        ...(this.maintenance ? { maintenance: this.maintenance } : {}),
        diskFullRatio: 0.97,
        atMs: this.atMs,
      },
      this.memory,
    );
  }

  /** A probe that ends now, and the scrape that tells of it. */
  probe(failure: string | undefined, facts: Partial<Record<keyof typeof FACT, number>> = {}): Verdict {
    const said = this.evidence.failure?.reason;
    if (said !== undefined && said !== failure) this.evidence.setFailure(said, 0, this.atMs);
    if (failure !== undefined) this.evidence.setFailure(failure, 1, this.atMs);
    this.hear({
      camera_probe_success: failure === undefined ? 1 : 0,
      camera_probe_last_timestamp_seconds: this.atMs / SECOND,
      ...facts,
    });
    return this.look();
  }

  /** The same page, scraped again. */
  again(): Verdict {
    this.atMs += 5 * SECOND;
    for (const fact of Object.values(FACT)) {
      const value = this.evidence.value(fact);
      if (!Number.isNaN(value)) this.evidence.setFact(fact, value, this.atMs, '');
    }
    return this.look();
  }

  /** One probe each minute with these figures, the page scraped in between. */
  minutes(count: number, facts: (minute: number) => Partial<Record<keyof typeof FACT, number>>): Verdict {
    let verdict = this.look();
    for (let minute = 0; minute < count; minute++) {
      this.atMs += 30 * SECOND;
      this.again();
      this.atMs += 25 * SECOND;
      verdict = this.probe(undefined, facts(minute));
    }
    return verdict;
  }
}

const kinds = (verdict: Verdict): string[] => verdict.troubles.map(({ kind }) => kind);

describe('the stream', () => {
  it('is never lost by a single lost probe, however often the page that tells of it is scraped', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ fails: fc.boolean(), scrapes: fc.nat({ max: 20 }) }), { maxLength: 40 }),
        (probes) => {
          const bench = new Bench();
          bench.probe(undefined);
          let failedBefore = false;
          for (const { fails, scrapes } of probes) {
            bench.atMs += 60 * SECOND - scrapes * SECOND;
            const isFailure: boolean = fails && !failedBefore;
            failedBefore = isFailure;
            const verdict = bench.probe(isFailure ? 'timeout' : undefined);
            if (verdict.state !== 'ok' || (isFailure && verdict.suspicion === undefined)) return false;
            for (let i = 0; i < scrapes; i++) if (bench.again().state !== 'ok') return false;
          }
          return true;
        },
      ),
    );
  });

  it.each(FAILURE_REASONS)('that fails twice by %s has a state, a reason, an advice and evidence', (reason) => {
    const bench = new Bench();
    bench.probe(undefined);
    bench.atMs += MINUTE;
    const first = bench.atMs;
    expect(bench.probe(reason).suspicion).toContain('One probe failed');
    bench.atMs += 5 * SECOND;
    const verdict = bench.probe(reason);
    const [trouble] = verdict.troubles;
    expect(verdict.state).toBe(reason.endsWith('credentials') ? 'credentials' : 'offline');
    expect(trouble?.sinceMs).toBe(first);
    expect(trouble?.reason).not.toBe('');
    expect(trouble?.advice).not.toBe('');
    expect(trouble?.evidence[0]?.series).toBe('camera_probe_failure{camera_id="gate"}');
    bench.atMs += MINUTE;
    expect(bench.probe(undefined).state).toBe('ok');
  });

  it('that never came is not known after its first failure, neither well nor lost', () => {
    const bench = new Bench();
    expect(bench.probe('timeout')).toMatchObject({
      state: 'unknown',
      troubles: [],
      suspicion: 'One probe failed, looking again: The camera does not answer',
    });
    bench.atMs += 5 * SECOND;
    expect(bench.probe('timeout').state).toBe('offline');

    const other = new Bench();
    expect(other.probe(undefined).state).toBe('ok');
    other.atMs += MINUTE;
    expect(other.probe('timeout').state).toBe('ok');
  });

  it('counts probes that failed between two scrapes', () => {
    const bench = new Bench();
    bench.probe(undefined);
    bench.atMs += MINUTE;
    expect(bench.probe('timeout', { camera_probe_consecutive_failures: 2 }).state).toBe('offline');
  });

  it('of a radio camera may fail three times', () => {
    const bench = new Bench({ class: 'wifi' });
    bench.probe(undefined);
    for (let i = 1; i <= 4; i++) {
      bench.atMs += MINUTE;
      expect(bench.probe('timeout').state).toBe(i === 4 ? 'offline' : 'ok');
    }
  });

  it('is judged by others where nobody probes: two samples that are apart', () => {
    const bench = new Bench();
    for (const [up, state] of [
      [1, 'ok'],
      [0, 'ok'],
      [0, 'offline'],
      [1, 'ok'],
    ] as const) {
      bench.atMs += 15 * SECOND;
      bench.hear({ camera_up: up });
      expect(bench.look().state).toBe(state);
    }
  });

  it('has stalled when its newest picture is old although it is up', () => {
    const bench = new Bench();
    const picture = START / SECOND;
    let verdict = bench.look();
    for (let i = 0; i < 5; i++) {
      bench.atMs += 15 * SECOND;
      bench.hear({ camera_up: 1, camera_last_frame_timestamp_seconds: picture });
      verdict = bench.look();
    }
    expect(kinds(verdict)).toEqual(['stalled']);
    expect(verdict.troubles[0]?.reason).toContain('75 s');
  });

  it('flaps when it breaks more than five times an hour', () => {
    const bench = new Bench();
    for (let i = 0; i <= 6; i++) {
      bench.atMs += 3 * MINUTE;
      bench.probe(undefined, { camera_reconnects_total: i });
    }
    expect(kinds(bench.look())).toEqual(['flapping']);
    for (let i = 0; i < 61; i++) {
      bench.atMs += MINUTE;
      bench.probe(undefined);
    }
    expect(bench.look().state).toBe('ok');
  });

  it('is unknown once nothing is heard, and when probes stop although their page is scraped', () => {
    const silent = new Bench();
    silent.probe(undefined);
    silent.atMs += 4 * MINUTE;
    expect(silent.look()).toMatchObject({ state: 'unknown', troubles: [{ kind: 'no_heartbeat', sinceMs: START }] });

    const stuck = new Bench();
    stuck.probe(undefined);
    for (let i = 0; i < 48; i++) stuck.again();
    expect(stuck.look()).toMatchObject({ state: 'unknown', troubles: [{ kind: 'no_heartbeat' }] });
    expect(new Bench().look()).toMatchObject({
      state: 'unknown',
      troubles: [],
      suspicion: 'Nothing was heard of this camera yet',
    });
  });
});

describe('what is measured', () => {
  it('one odd measurement is a suspicion, however often it is scraped', () => {
    const bench = new Bench();
    bench.minutes(3, () => ({ camera_frames_per_second: 25 }));
    bench.atMs += 55 * SECOND;
    expect(bench.probe(undefined, { camera_frames_per_second: 10 })).toMatchObject({
      state: 'ok',
      suspicion: expect.stringContaining('10 of 25') as string,
    });
    for (let i = 0; i < 10; i++) expect(bench.again().state).toBe('ok');
    // A cheap probe that does not measure the rate: the figure is the old one.
    bench.atMs += 5 * SECOND;
    expect(bench.probe(undefined).state).toBe('ok');
    bench.atMs += 5 * SECOND;
    expect(bench.probe(undefined, { camera_frames_per_second: 10.4 })).toMatchObject({
      state: 'degraded',
      troubles: [{ kind: 'low_frame_rate', reason: 'Delivers 10.4 of 25 frames a second' }],
    });
  });

  it('a rate is low against what the camera itself is expected to deliver, told, probed or learned', () => {
    const slow = new Bench({ expected: { frames_per_second: 5 } });
    expect(slow.minutes(5, (i) => ({ camera_frames_per_second: 5 + i / 100 })).state).toBe('ok');
    const probed = new Bench({ expected: {} });
    expect(
      kinds(probed.minutes(3, (i) => ({ camera_expected_fps: 12.5, camera_frames_per_second: 6 + i / 10 }))),
    ).toEqual(['low_frame_rate']);
    const learned = new Bench({ expected: {} });
    expect(learned.minutes(40, (i) => ({ camera_frames_per_second: 8 + (i % 3) / 10 })).state).toBe('ok');
    expect(kinds(learned.minutes(3, (i) => ({ camera_frames_per_second: 3 + i / 10 })))).toEqual(['low_frame_rate']);
  });

  it('declares more than it delivers', () => {
    const verdict = new Bench().minutes(3, (i) => ({ camera_frames_per_second: 21 + i / 10, camera_declared_fps: 25 }));
    expect(verdict.troubles).toMatchObject([
      { kind: 'declared_rate', reason: 'Declares 25 frames a second and delivers 21.2' },
    ]);
  });

  it('key frames are too rare, by the class or by what is expected', () => {
    expect(kinds(new Bench().minutes(3, (i) => ({ camera_keyframe_interval_seconds: 12 + i / 10 })))).toEqual([
      'keyframe_interval',
    ]);
    const strict = new Bench({ expected: { keyframe_interval_seconds: 2 } });
    expect(kinds(strict.minutes(3, (i) => ({ camera_keyframe_interval_seconds: 6 + i / 10 })))).toEqual([
      'keyframe_interval',
    ]);
    expect(new Bench().minutes(3, (i) => ({ camera_keyframe_interval_seconds: 6 + i / 10 })).state).toBe('ok');
  });

  it.each([
    ['tcp', 'the camera drops them before it sends'],
    ['udp', 'on the way'],
  ])('loss over %s says where', (transport, words) => {
    const bench = new Bench();
    bench.info({ transport });
    const verdict = bench.minutes(4, (i) => ({
      camera_rtp_packets_received_total: 900 * i,
      camera_rtp_packets_lost_total: 100 * i,
    }));
    expect(kinds(verdict)).toEqual(['packet_loss']);
    expect(verdict.troubles[0]?.reason).toContain('10 % of the packets are lost');
    expect(verdict.troubles[0]?.reason).toContain(words);
    // A recorder that restarts begins to count anew: that is no loss.
    const reset = bench.minutes(4, (i) => ({
      camera_rtp_packets_received_total: 1_000 * i,
      camera_rtp_packets_lost_total: 0,
    }));
    expect(reset.state).toBe('ok');
  });

  it('a recorder that counts frames tells of loss where no packets are counted', () => {
    const verdict = new Bench().minutes(4, (i) => ({
      camera_frames_received_total: 1_000 * i,
      camera_frames_dropped_total: 250 * i,
    }));
    expect(verdict.troubles).toMatchObject([{ kind: 'packet_loss', reason: '20 % of the frames are lost' }]);
  });

  it('analysis that skips pictures cannot keep up', () => {
    const verdict = new Bench().minutes(3, (i) => ({ camera_frames_per_second: 25, frigate_skipped_fps: 8 + i / 10 }));
    expect(verdict.troubles).toMatchObject([
      { kind: 'gpu_starved', reason: 'Analysis skips 8.2 of 25 frames a second' },
    ]);
  });

  it('a clock may be two seconds off, of evidence half a second', () => {
    const off = (camera: Partial<Camera>): string[] =>
      kinds(new Bench(camera).minutes(3, (i) => ({ camera_clock_offset_seconds: -1.2 - i / 100 })));
    expect(off({})).toEqual([]);
    expect(off({ class: 'evidence' })).toEqual(['clock_offset']);
  });

  it('settings that changed are told for an hour, and as long as the stream is not what the inventory says', () => {
    const bench = new Bench();
    bench.info({ width: '1920', height: '1080' });
    bench.minutes(2, () => ({ camera_parameter_set_changes_total: 3 }));
    bench.info({ width: '1280', height: '720' });
    const changed = bench.minutes(1, () => ({ camera_parameter_set_changes_total: 4 }));
    expect(changed.troubles[0]?.reason).toBe(
      'The settings of the camera were changed: 1920 × 1080 h264 became 1280 × 720 h264',
    );
    expect(bench.minutes(62, () => ({ camera_parameter_set_changes_total: 4 })).state).toBe('ok');
    bench.camera = { ...bench.camera, expected: { width: 1920, height: 1080 } };
    expect(bench.look().troubles[0]?.reason).toBe('The stream is 1280 × 720 h264; the inventory says 1920 × 1080');
  });
});

describe('a rate that is measured now and then', () => {
  const measured = (bench: Bench): number => bench.atMs / SECOND;

  it('counts twice when two windows measured the very same, a quarter of a minute apart', () => {
    const bench = new Bench();
    const low = (): string => {
      bench.atMs += 15 * SECOND;
      const at = measured(bench);
      return bench.probe(undefined, { camera_frames_per_second: 12.5, camera_measure_last_timestamp_seconds: at })
        .state;
    };
    expect([low(), low()]).toEqual(['ok', 'degraded']);
  });

  it('of a recorder is not taken for what a probe measured at another time', () => {
    const bench = new Bench();
    const heard = (rate: number): string => {
      bench.atMs += MINUTE;
      bench.evidence.setFact(FACT.camera_measure_last_timestamp_seconds, START / SECOND, bench.atMs, 'cameras');
      bench.evidence.setFact(FACT.camera_frames_per_second, rate, bench.atMs, 'recorder');
      return bench.probe(undefined).state;
    };
    expect([heard(25), heard(12.1), heard(12.2)]).toEqual(['ok', 'ok', 'degraded']);
  });

  it('counts once however long its page is scraped and however many probes measure no rate', () => {
    const bench = new Bench();
    const at = measured(bench);
    const once = { camera_frames_per_second: 12.5, camera_measure_last_timestamp_seconds: at };
    bench.probe(undefined, once);
    expect(bench.minutes(8, () => once).state).toBe('ok');
  });
});

describe('the picture, the recording and what looks at it', () => {
  it.each([
    ['frozen', 'frozen'],
    ['dark', 'dark'],
    ['blurred', 'degraded'],
    ['bitrate_collapse', 'degraded'],
  ] as const)(
    '%s counts at once where a watch has confirmed it, after two samples from anybody else, and is over after two without it',
    (problem, state) => {
      const statesBy = (source: string): readonly string[] => {
        const bench = new Bench();
        return [1, 1, 0, 0].map((value) => {
          bench.atMs += MINUTE;
          bench.evidence.setFinding(problem, source, value, bench.atMs);
          return bench.probe(undefined).state;
        });
      };
      expect(statesBy('packets')).toEqual([state, state, state, 'ok']);
      expect(statesBy('picture')).toEqual([state, state, state, 'ok']);
      expect(statesBy('somebody')).toEqual(['ok', state, state, 'ok']);
    },
  );

  it('nothing new is recorded while the camera runs', () => {
    const bench = new Bench();
    const last = START / SECOND;
    const verdict = bench.minutes(5, () => ({ camera_recording_last_segment_timestamp_seconds: last }));
    expect(verdict.troubles).toMatchObject([{ kind: 'recording_gap', sinceMs: START }]);
    expect(bench.minutes(2, () => ({ camera_recording_enabled: 0 })).state).toBe('ok');
  });

  it('its recorder is full: that comes before the gap in the recording', () => {
    const bench = new Bench();
    const last = START / SECOND;
    for (let i = 0; i < 5; i++) {
      bench.atMs += MINUTE;
      bench.shared.disk('nvr-1', '/rec', 'free', 1e9, bench.atMs);
      bench.shared.disk('nvr-1', '/rec', 'total', 1e12, bench.atMs);
      bench.probe(undefined, { camera_recording_last_segment_timestamp_seconds: last });
    }
    const verdict = bench.look();
    expect(kinds(verdict)).toEqual(['recorder_full', 'recording_gap']);
    expect(verdict.troubles[0]?.reason).toBe('Recorder nvr-1 is full: 99.9 % of /rec is used');
  });

  it('its model drifts, its decoder is full', () => {
    const bench = new Bench();
    for (let i = 0; i < 4; i++) {
      bench.atMs += MINUTE;
      bench.shared.drift('plates', 0.4, bench.atMs);
      const labels = Labels.fromObject({ __name__: 'DCGM_FI_DEV_DEC_UTIL', instance: 'nvr-1:9400', gpu: '0' });
      bench.shared.gpu('nvr-1', '0', 'utilization', 0.3, bench.atMs, { labels, scale: 0.01 });
      bench.shared.gpu('nvr-1', '0', 'decoder', 0.99, bench.atMs, { labels, scale: 0.01 });
      bench.probe(undefined);
    }
    const verdict = bench.look();
    expect(kinds(verdict)).toEqual(['gpu_starved', 'model_drift']);
    expect(verdict.troubles[0]?.reason).toContain('decoding is what holds it up');
    expect(verdict.troubles[0]?.evidence).toEqual([
      { series: 'DCGM_FI_DEV_DEC_UTIL{instance="nvr-1:9400", gpu="0"}', value: 99, expected: 'below 95' },
    ]);
  });

  it('a detector that finds nothing where it usually does is told, one that is always quiet is not', () => {
    const busy = new Bench();
    let found = 0;
    const hear = (bench: Bench, more: number): Verdict => {
      bench.atMs += MINUTE;
      found += more;
      bench.evidence.countDetections('vehicle', found, bench.atMs);
      return bench.probe(undefined);
    };
    for (let minute = 0; minute < 25 * 60; minute++) hear(busy, 2);
    expect(busy.look().state).toBe('ok');
    for (let minute = 0; minute < 29; minute++) expect(hear(busy, 0).state).toBe('ok');
    let verdict = busy.look();
    for (let minute = 0; minute < 5; minute++) verdict = hear(busy, 0);
    expect(kinds(verdict)).toEqual(['silent_detector']);
    expect(verdict.troubles[0]?.reason).toContain('120 an hour');

    const quiet = new Bench();
    found = 0;
    for (let minute = 0; minute < 26 * 60; minute++) verdict = hear(quiet, minute % 30 === 0 ? 1 : 0);
    expect(verdict.state).toBe('ok');
  });
});

it('a camera that reports a failure of its own is ok, with the word of it', () => {
  const bench = new Bench();
  bench.evidence.setDeviceEvent('storage_failure', 1, bench.atMs);
  bench.evidence.setDeviceEvent('motion', 1, bench.atMs);
  expect(bench.probe(undefined)).toMatchObject({
    state: 'ok',
    suspicion: 'The camera itself reports a failure of its storage',
  });
  bench.evidence.setDeviceEvent('storage_failure', 0, bench.atMs);
  expect(bench.look().suspicion).toBeUndefined();
});

describe('a camera that rests', () => {
  it('is in maintenance whatever is heard, and says until when', () => {
    const bench = new Bench();
    bench.probe('timeout');
    bench.atMs += MINUTE;
    bench.probe('timeout');
    bench.maintenance = { from: '2026-11-02T00:00:00Z', to: '2026-11-02T06:00:00Z', reason: 'new lens' };
    expect(bench.look()).toMatchObject({
      state: 'maintenance',
      troubles: [],
      suspicion: 'Maintenance until 2026-11-02T06:00:00Z: new lens',
    });
    bench.maintenance = undefined;
    bench.scheduled = false;
    expect(bench.look()).toMatchObject({ state: 'maintenance', suspicion: 'Outside its schedule' });
    bench.scheduled = true;
    expect(bench.look().state).toBe('offline');
  });
});

describe('classes', () => {
  it('inherit from default, and own ones may be named', () => {
    const settings = {
      classes: { default: { offline_after: 3 }, dome: { frame_rate_ratio: 0.5, stale_after: '10m' } },
    };
    const policies = new ClassPolicies(healthConfigSchema.parse(settings));
    expect(policies.of(undefined).stream.bad).toBe(3);
    expect(policies.of('dome')).toMatchObject({ frameRateRatio: 0.5, staleAfterMs: 10 * MINUTE, stream: { bad: 3 } });
    expect(policies.of('constructor').frameRateRatio).toBe(0.7);
  });

  it('that would judge by a single probe are refused', () => {
    expect(healthConfigSchema.safeParse({ classes: { x: { offline_after: 1 } } }).success).toBe(false);
    expect(healthConfigSchema.safeParse({ classes: { x: { confirm: 1 } } }).success).toBe(false);
    expect(healthConfigSchema.safeParse({ classes: { x: { confirm: 4, confirm_of: 3 } } }).success).toBe(false);
  });
});

describe('what speaks for a finding about the picture', () => {
  const found = (source: string, luma: readonly number[]): readonly string[] => {
    const bench = new Bench();
    let verdict = bench.minutes(3, () => ({ camera_picture_luma: 106 }));
    for (const value of luma) {
      bench.atMs += MINUTE;
      bench.evidence.setFinding('dark', source, 1, bench.atMs);
      verdict = bench.probe(undefined, { camera_picture_luma: value });
    }
    expect(kinds(verdict)).toEqual(['dark']);
    return verdict.troubles[0]?.evidence.map(({ series, value }) => `${series.split('{')[0]} ${value}`) ?? [];
  };

  it('dark by packet sizes does not list the brightness of a picture from before the fault, however often it is scraped', () => {
    expect(found('packets', [106, 106, 106])).toEqual(['camera_picture_problem 1']);
  });

  it('is what was measured since it was found, and of who measures pictures whatever it measured', () => {
    expect(found('packets', [106, 4, 4])).toEqual(['camera_picture_problem 1', 'camera_picture_luma 4']);
    expect(found('picture', [4, 4])).toEqual(['camera_picture_problem 1', 'camera_picture_luma 4']);
  });
});
