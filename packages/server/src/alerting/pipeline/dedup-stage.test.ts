import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import type { GroupAlert } from '../notify/notification.ts';
import { notifyReason, withoutToldEnds } from './dedup-stage.ts';

const HOUR = 3_600_000;
const at = unixMs(10 * HOUR);

function alert(fingerprint: string, resolved: boolean): GroupAlert {
  const rest = {
    labels: Labels.EMPTY,
    annotations: {},
    value: undefined,
    startsAtMs: 0,
    endsAtMs: 0,
    generatorUrl: '',
  };
  return { ...rest, fingerprint, resolved };
}

/** Small letters fire, capitals are resolved: `aB`. */
function alerts(text: string): readonly GroupAlert[] {
  return [...text].map((letter) => alert(letter.toLowerCase(), letter !== letter.toLowerCase()));
}

function entry(text: string, agoMs = 0) {
  const told = alerts(text);
  const names = (resolved: boolean) =>
    told.filter((one) => one.resolved === resolved).map(({ fingerprint }) => fingerprint);
  return { firing: names(false), resolved: names(true), atMs: at - agoMs };
}

describe('whether a group has something to say', () => {
  it.each<[told: string | undefined, now: string, reason: string | undefined]>([
    [undefined, 'a', 'first notification'],
    [undefined, 'A', undefined],
    [undefined, 'aB', 'first notification'],
    ['a', 'a', undefined],
    ['a', 'ab', 'new alerts added'],
    ['a', 'A', 'all alerts resolved'],
    ['A', 'A', undefined],
    ['A', 'a', 'first notification'],
    ['', 'A', undefined],
    ['ab', 'aB', 'some alerts resolved'],
    ['aB', 'aB', undefined],
    ['aB', 'a', undefined],
    // Never told firing, and yet news: Alertmanager looks only at what was told resolved.
    ['a', 'aC', 'some alerts resolved'],
    ['ab', 'a', undefined],
  ])('told %s, now %s: %s', (told, now, reason) => {
    const known = told === undefined ? undefined : entry(told);
    expect(notifyReason(known, { alerts: alerts(now), repeatIntervalMs: HOUR }, true, at)).toBe(reason);
  });

  it('without send_resolved only the end of all is logged', () => {
    const told = (before: string, now: string) =>
      notifyReason(entry(before), { alerts: alerts(now), repeatIntervalMs: HOUR }, false, at);
    expect(told('ab', 'aB')).toBeUndefined();
    expect(told('ab', 'AB')).toBe('all alerts resolved');
  });

  it('repeats strictly after repeat_interval', () => {
    const told = (agoMs: number) =>
      notifyReason(entry('a', agoMs), { alerts: alerts('a'), repeatIntervalMs: HOUR }, true, at);
    expect([told(HOUR - 1), told(HOUR), told(HOUR + 1)]).toEqual([undefined, undefined, 'repeat interval elapsed']);
  });
});

describe('what one Vedette remembers as firing, and another has told the end of', () => {
  it('was told as new after a restart', () => {
    const remembered = alerts('ab').map((one) => ({ ...one, isUnconfirmed: true }));
    expect(withoutToldEnds({ alerts: remembered }, entry('bA')).alerts.map(({ fingerprint }) => fingerprint)).toEqual([
      'b',
    ]);
  });

  it('is new once its rule returns it again', () => {
    const batch = { alerts: alerts('ab') };
    expect(withoutToldEnds(batch, entry('bA'))).toBe(batch);
  });

  it('is kept where nobody told its end', () => {
    const remembered = { alerts: alerts('a').map((one) => ({ ...one, isUnconfirmed: true })) };
    expect(withoutToldEnds(remembered, entry('a')).alerts).toHaveLength(1);
    expect(withoutToldEnds(remembered, undefined).alerts).toHaveLength(1);
  });
});
