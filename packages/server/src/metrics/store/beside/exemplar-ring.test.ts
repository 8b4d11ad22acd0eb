import { describe, expect, it } from 'vitest';
import { Labels } from '../../../model/labels.ts';
import type { StoredExemplar } from '../../../model/ports.ts';
import { ExemplarRing } from './exemplar-ring.ts';

function exemplar(timestampMs: number, value = 1, trace = 'a'): StoredExemplar {
  return { timestampMs, value, labels: Labels.fromObject({ trace_id: trace }) };
}

function times(ring: ExemplarRing, ref: number, from = -Infinity, to = Infinity): number[] {
  return ring.select(ref, from, to).map(({ timestampMs }) => timestampMs);
}

describe('exemplar ring', () => {
  it('keeps the newest of all series together', () => {
    const ring = new ExemplarRing(4);
    for (let at = 0; at < 6; at++) ring.add(at % 2, exemplar(at));
    expect([times(ring, 0), times(ring, 1)]).toEqual([
      [2, 4],
      [3, 5],
    ]);
    expect(ring.length).toBe(4);
    for (let at = 6; at < 10; at++) ring.add(0, exemplar(at));
    expect([times(ring, 0, 7, 8), times(ring, 1)]).toEqual([[7, 8], []]);
    expect(ring.oldestMs).toBe(6);
  });

  it('refuses repeated ones and long ones', () => {
    const ring = new ExemplarRing(4);
    ring.add(1, exemplar(10, 5, 'm'));
    ring.add(1, exemplar(20, 5, 'm'));
    expect(ring.fault(1, exemplar(10, 5, 'm'))).toBe('duplicate');
    expect(ring.fault(1, exemplar(20, 5, 'm'))).toBe('duplicate');
    expect(ring.fault(1, exemplar(10, 6, 'm'))).toBeUndefined();
    expect(ring.fault(2, exemplar(10, 5, 'm'))).toBeUndefined();
    expect(ring.fault(1, exemplar(11, 1, 'é'.repeat(120)))).toBeUndefined();
    expect(ring.fault(1, exemplar(11, 1, 'é'.repeat(121)))).toBe('too-long');
  });

  it('a late one takes its place in time, and room is made for it as for any other', () => {
    const ring = new ExemplarRing(4);
    for (const at of [30, 10, 20, 20, 5]) if (ring.fault(1, exemplar(at)) === undefined) ring.add(1, exemplar(at));
    expect(times(ring, 1)).toEqual([5, 10, 20, 30]);
    expect(times(ring, 1, 6, 20)).toEqual([10, 20]);
    ring.add(1, exemplar(15));
    // The one that came first goes, and not the one whose time comes first.
    expect(times(ring, 1)).toEqual([5, 10, 15, 20]);
    expect(ring.oldestMs).toBe(5);
  });

  it('forgets ranges and series, and the room is used again', () => {
    const ring = new ExemplarRing(3);
    for (const at of [1, 2, 3]) ring.add(1, exemplar(at));
    ring.erase(1, 2, 2);
    expect(times(ring, 1)).toEqual([1, 3]);
    for (const at of [4, 5]) ring.add(2, exemplar(at));
    expect([times(ring, 1), times(ring, 2)]).toEqual([[3], [4, 5]]);
    ring.removeSeries(2);
    expect([ring.length, ...ring.refs()]).toEqual([1, 1]);
  });

  it('keeps none when none are wanted', () => {
    const ring = new ExemplarRing(0);
    ring.add(1, exemplar(1));
    expect(ring.length).toBe(0);
  });
});
