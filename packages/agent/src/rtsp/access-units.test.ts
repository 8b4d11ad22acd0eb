import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessUnits } from './access-units.ts';
import { KEY, PICTURE, PICTURE_START } from './payload.ts';

const STEP = 3_600;
const payload = Uint8Array.from({ length: 100 }, (_, i) => i);

interface Frame {
  readonly packets: number;
  readonly isKey: boolean;
}

const frames = fc.array(fc.record({ packets: fc.integer({ min: 1, max: 5 }), isKey: fc.boolean() }), {
  minLength: 3,
  maxLength: 60,
});

function send(
  list: readonly Frame[],
  markers: 'last' | 'all' | 'none',
  timestampOf: (frame: number) => number,
): AccessUnits {
  const units = new AccessUnits(90_000);
  for (const [n, frame] of list.entries()) {
    for (let i = 0; i < frame.packets; i++) {
      const flags = PICTURE | (i === 0 ? PICTURE_START : 0) | (frame.isKey ? KEY : 0);
      const marker = markers === 'all' || (markers === 'last' && i === frame.packets - 1);
      units.add(payload, 0, 100, timestampOf(n), marker, flags, n * 40 + i);
    }
  }
  return units;
}

describe('access units', () => {
  it.each(['last', 'all', 'none'] as const)('are told by their timestamps, with markers on: %s', (markers) => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 0, max: 4_294_967_295 }), (list, first) => {
        const units = send(list, markers, (n) => (first + n * STEP) % 4_294_967_296);
        const columns = units.columns();
        expect(units.count).toBe(list.length);
        expect([...columns.key]).toEqual(list.map((frame) => (frame.isKey ? 1 : 0)));
        expect([...columns.bytes]).toEqual(list.map((frame) => frame.packets * 100));
        expect([...columns.atMs]).toEqual(list.map((_, n) => n * 40));
        expect(columns.mediaMs[list.length - 1]).toBeCloseTo((list.length - 1) * 40, 6);
        expect(units.stampedFps()).toBeCloseTo(25, 6);
        expect(units.timestampsBackwards).toBe(0);
        expect(units.keyFrames).toBe(list.filter((frame) => frame.isKey).length);
      }),
    );
  });

  it('are told by markers and beginnings where all timestamps are the same', () => {
    fc.assert(
      fc.property(frames, (list) => {
        expect(send(list, 'last', () => 1_234).count).toBe(list.length);
      }),
    );
  });

  it('two fields of one frame, and slices of one picture, are one unit', () => {
    const units = new AccessUnits(90_000);
    for (const marker of [false, true]) units.add(payload, 0, 100, 5, marker, PICTURE | PICTURE_START, 0);
    expect(units.count).toBe(1);
  });

  it('parameter sets with markers of their own belong to the picture behind them', () => {
    const units = new AccessUnits(90_000);
    for (const frame of [0, 1]) {
      for (let i = 0; i < 2; i++) units.add(payload, 0, 10, frame * STEP, true, 0, frame * 40);
      units.add(payload, 0, 100, frame * STEP, true, PICTURE | PICTURE_START | KEY, frame * 40 + 1);
      expect(units.completeKeyFrames).toBe(frame + 1);
    }
    expect([...units.columns().bytes]).toEqual([120, 120]);
    expect(units.keyFrames).toBe(2);
  });

  it('B-frames do not go backwards, a clock that is set back does', () => {
    const units = new AccessUnits(90_000);
    for (const frame of [0, 3, 1, 2, 6, 4, 5]) units.add(payload, 0, 100, 100_000 + frame * STEP, true, PICTURE, frame);
    expect(units.timestampsBackwards).toBe(0);
    expect(units.stampedFps()).toBeCloseTo(25, 6);
    units.add(payload, 0, 100, 1_000, true, PICTURE, 300);
    units.add(payload, 0, 100, 1_000 + STEP, true, PICTURE, 340);
    expect(units.timestampsBackwards).toBe(1);
  });

  it('equal frames have equal hashes (FNV-1a), others have not', () => {
    const units = new AccessUnits(90_000);
    const text = new TextEncoder().encode('foobar');
    units.add(text, 0, 3, 0, false, PICTURE, 0);
    units.add(text, 3, 6, 0, true, PICTURE, 0);
    units.add(text, 0, 6, STEP, true, PICTURE, 40);
    units.add(text, 0, 5, 2 * STEP, true, PICTURE, 80);
    const { hash } = units.columns();
    expect(hash[0]).toBe(0xbf9cf968);
    expect(hash[1]).toBe(hash[0]);
    expect(hash[2]).not.toBe(hash[0]);
  });

  it('keep 1,024 rows and count on', () => {
    const units = new AccessUnits(90_000);
    for (let n = 0; n < 3_000; n++)
      units.add(payload, 0, 10, n * STEP, true, PICTURE | (n % 50 === 0 ? KEY : 0), n * 40);
    expect(units.count).toBe(3_000);
    expect(units.keyFrames).toBe(60);
    expect(units.keyFrameIntervalSeconds).toBeCloseTo(2, 6);
    expect(units.columns().bytes).toHaveLength(1_024);
  });
});
