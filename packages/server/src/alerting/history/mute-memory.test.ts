import { expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { fingerprint } from '../fingerprint.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { HistoryEvent } from './event.ts';
import { MUTED_REMEMBERED_MAX, MuteMemory } from './mute-memory.ts';

const SILENCED: MuteReason = { by: 'silence', ids: ['s1'], text: 'silenced by ann until noon' };
const INHIBITED: MuteReason = { by: 'inhibition', ids: ['f1'], text: 'explained by SwitchDown' };

function alertOf(name: string, startsAtMs = 1, resolved = false): GroupAlert {
  const labels = Labels.fromObject({ alertname: name });
  return {
    labels,
    annotations: {},
    value: undefined,
    startsAtMs,
    endsAtMs: 0,
    resolved,
    generatorUrl: '',
    fingerprint: fingerprint(labels),
  };
}

function memory(): { memory: MuteMemory; told: string[] } {
  const told: string[] = [];
  const record = (events: readonly HistoryEvent[]): void => {
    for (const { state, labels, mute, atMs } of events)
      told.push(`${atMs} ${state} ${labels.get('alertname')} ${mute?.ids.join()}`);
  };
  return { memory: new MuteMemory({ record }), told };
}

it('tells when an alert falls silent, when the reason changes, and when it is heard again, each once', () => {
  const { memory: muted, told } = memory();
  const note = (reason: MuteReason | undefined, at: number, alert = alertOf('A'), group = 'g'): void =>
    muted.note(group, [{ alert, reason }], unixMs(at));
  note(undefined, 1);
  note(SILENCED, 2);
  note(SILENCED, 3);
  note(INHIBITED, 4);
  note(undefined, 5);
  note(undefined, 6);
  expect(told).toEqual(['2 muted A s1', '4 muted A f1', '5 unmuted A f1']);
  // Another group goes another way to its receiver; a new beginning is another alert.
  note(SILENCED, 7);
  note(SILENCED, 8, alertOf('A'), 'other');
  note(SILENCED, 9, alertOf('A', 2));
  expect(told.slice(3)).toEqual(['7 muted A s1', '8 muted A s1', '9 muted A s1']);
  // Its end is the end of it: when it comes back it is told anew, even with the old beginning.
  note(SILENCED, 10, alertOf('A', 2, true));
  note(SILENCED, 11, alertOf('A', 2));
  expect(told.slice(6)).toEqual(['11 muted A s1']);
});

it('is bounded', () => {
  const { memory: muted, told } = memory();
  for (let i = 0; i <= MUTED_REMEMBERED_MAX; i++)
    muted.note('g', [{ alert: alertOf(`A${i}`), reason: SILENCED }], unixMs(i));
  told.length = 0;
  muted.note('g', [{ alert: alertOf('A1'), reason: SILENCED }], unixMs(0));
  expect(told).toEqual([]);
  muted.note('g', [{ alert: alertOf('A0'), reason: SILENCED }], unixMs(0));
  expect(told).toEqual(['0 muted A0 s1']);
});
