import type { CameraEvent } from '@vedette/wire/http';
import { expect, it } from 'vitest';
import { stretchesOf } from './timeline.ts';

const WINDOW = { fromMs: 1_000, toMs: 2_000 };
const NOW = { state: 'ok', sinceMs: 1_800, reason: '' } as const;

const event = (atMs: number, from: CameraEvent['from'], to: CameraEvent['to'], reason = ''): CameraEvent => ({
  atMs,
  from,
  to,
  reason,
});

const words = (events: readonly CameraEvent[], now: Parameters<typeof stretchesOf>[1] = NOW) =>
  stretchesOf(events, now, WINDOW).map(({ state, fromMs, toMs }) => `${state} ${fromMs}-${toMs}`);

it('fills the window with the states between changes, in whatever order they come', () => {
  expect(words([event(1_800, 'frozen', 'ok'), event(1_200, 'ok', 'frozen')])).toEqual([
    'ok 1000-1200',
    'frozen 1200-1800',
    'ok 1800-2000',
  ]);
});

it('without a change the state of now holds since it began, and before that nothing is known', () => {
  expect(words([], { state: 'offline', sinceMs: 1_500, reason: '' })).toEqual([
    'unknown 1000-1500',
    'offline 1500-2000',
  ]);
  expect(words([], { state: 'offline', sinceMs: 5, reason: '' })).toEqual(['offline 1000-2000']);
});

it('leaves out changes after the window, and cuts stretches at its edges', () => {
  expect(words([event(900, 'ok', 'dark'), event(2_500, 'dark', 'ok')])).toEqual(['dark 1000-2000']);
});
