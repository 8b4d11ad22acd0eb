import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraTruth } from '../fleet/camera-truth.ts';
import { planFleet } from '../fleet/plan.ts';
import { demoScript } from './demo-script.ts';
import { FAULT_KINDS, FAULT_TROUBLE } from './fault.ts';
import { FaultScriptError, durationMs, readFaultScript } from './read-script.ts';
import { FaultSchedule } from './schedule.ts';

const START = Date.UTC(2026, 0, 5);
const plan = planFleet(40, 1);
const schedule = (script: unknown): FaultSchedule => {
  const faults = new FaultSchedule(plan, START);
  for (const spec of readFaultScript(script)) faults.add(spec);
  return faults;
};
const at = (faults: FaultSchedule, id: string, afterMs: number) => {
  const camera = plan.cameras.find((one) => one.id === id);
  if (!camera) throw new Error(id);
  return cameraTruth(camera, faults, START + afterMs);
};

describe('a fault script', () => {
  it('reads durations as they are written', () => {
    expect(durationMs('1h30m', 'x')).toBe(5_400_000);
    expect(durationMs('250ms', 'x')).toBe(250);
    expect(durationMs(12, 'x')).toBe(12_000);
    for (const wrong of ['', '5', 'm', '5m!', '-1s', -1, Number.NaN, {}]) {
      expect(() => durationMs(wrong, 'at'), String(wrong)).toThrow(FaultScriptError);
    }
  });

  it('says where it is wrong and what would be right', () => {
    expect(() => readFaultScript({ faults: [{ kind: 'frozen' }, { kind: 'melted' }] })).toThrow(
      /faults\[1\]\.kind: "melted" is none of offline, frozen/,
    );
    expect(() => readFaultScript([{ kind: 'frozen', form: '5m' }])).toThrow(/faults\[0\]: unknown key "form"/);
    expect(() => readFaultScript([{ kind: 'packet-loss', loss: 2 }])).toThrow(
      /faults\[0\]\.loss: a number from 0 to 1/,
    );
    expect(() => readFaultScript([{ kind: 'frozen', every: '5m' }])).toThrow(/needs a shorter "for"/);
    expect(() => readFaultScript('x')).toThrow(/a list under "faults:"/);
    expect(() => schedule([{ kind: 'frozen', cameras: ['cam-9999'] }])).toThrow('there is no camera cam-9999');
    const open = plan.cameras.find((camera) => camera.model.auth === 'none')?.id ?? '';
    expect(() => schedule([{ kind: 'wrong_credentials', cameras: [open] }])).toThrow('wants no password');
    expect(() => schedule([{ kind: 'switch_outage', switch: 'SW-99' }])).toThrow(
      /there is no switch SW-99; there are SW-1/,
    );
  });

  it('throws nothing else, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          schedule([value]);
          schedule(value);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultScriptError);
        }
      }),
    );
  });

  it('knows a trouble for every kind', () => {
    expect(Object.keys(FAULT_TROUBLE).sort()).toEqual([...FAULT_KINDS].sort());
  });
});

describe('faults', () => {
  it('begin and end on time, and come again', () => {
    const faults = schedule([{ kind: 'frozen', at: '1m', for: '2m', every: '10m', cameras: ['cam-0003'] }]);
    const scenes = [0, 59, 60, 179, 180, 660, 779, 780].map((second) => at(faults, 'cam-0003', second * 1_000).scene);
    expect(scenes).toEqual(['street', 'street', 'frozen', 'frozen', 'street', 'frozen', 'frozen', 'street']);
    expect(at(faults, 'cam-0004', 90_000).scene).toBe('street');
  });

  it('can be ended early, and taken off before they begin', () => {
    const faults = schedule([
      { kind: 'black', cameras: ['cam-0003'] },
      { kind: 'black', at: '1h', cameras: ['cam-0004'] },
    ]);
    const [first, second] = faults.faults;
    expect(faults.end(first?.id ?? '', START + 5_000)).toBe(true);
    expect(at(faults, 'cam-0003', 4_999).scene).toBe('black');
    expect(at(faults, 'cam-0003', 5_000).scene).toBe('street');
    faults.end(second?.id ?? '', START + 5_000);
    expect(faults.faults).toHaveLength(1);
    expect(faults.end('fault-77', START)).toBe(false);
  });

  it('of a switch, a recorder or a GPU take the whole group, of which one is chosen by the seed', () => {
    for (const [kind, key] of [
      ['switch_outage', 'switch'],
      ['recorder_full', 'recorder'],
      ['gpu_starved', 'recorder'],
    ] as const) {
      const [fault] = schedule([{ kind }]).faults;
      const groups = new Set(
        plan.cameras.filter((camera) => fault?.cameraIds.has(camera.id)).map((camera) => camera[key]),
      );
      expect(groups.size).toBe(1);
      expect(fault?.cameraIds.size).toBe(plan.cameras.filter((camera) => groups.has(camera[key])).length);
      expect(schedule([{ kind }]).faults[0]?.cameraIds).toEqual(fault?.cameraIds);
    }
  });

  it('change in the truth what they are called for', () => {
    const one = (kind: string, more: object = {}) =>
      at(schedule([{ kind, cameras: ['cam-0001'], ...more }]), 'cam-0001', 300_000);
    expect(one('offline').reach).toBe('silent');
    expect(one('offline', { manner: 'refused' }).reach).toBe('refused');
    expect(one('wrong_credentials').passwordChanged).toBe(true);
    expect(one('low_frame_rate').deliveredFps).toBeCloseTo(8.33, 1);
    expect(one('low_frame_rate').stampedFps).toBeCloseTo(8.33, 1);
    expect(one('declared_rate')).toMatchObject({ stampedFps: 25, deliveredFps: 21 });
    expect(one('long_keyframe_interval').keyFrameIntervalSeconds).toBe(20);
    expect(one('packet_loss', { loss: 0.3 }).lossRatio).toBe(0.3);
    expect(one('clock_drift', { offset_seconds: -10 }).clockOffsetMs).toBeCloseTo(-10_000, -3);
    expect(one('settings_changed').scene).toBe('settings');
    expect(one('model_drift').drift).toBe(1);
    expect(one('gpu_starved').starved).toBeGreaterThan(0.5);
    expect(one('recorder_full').recorderFull).toBe(true);
    expect(one('switch_outage').reach).toBe('silent');
  });

  it('of the demonstration are of every kind, and several begin within five minutes', () => {
    const script = demoScript();
    expect(new Set(script.map((spec) => spec.kind))).toEqual(new Set(FAULT_KINDS));
    expect(script.filter((spec) => spec.atMs <= 300_000).length).toBeGreaterThan(4);
    const faults = new FaultSchedule(plan, START);
    for (const spec of script) expect(faults.add(spec).cameraIds.size).toBeGreaterThan(0);
  });
});
