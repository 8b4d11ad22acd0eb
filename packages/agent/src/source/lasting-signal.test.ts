import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { AnsweringServer } from '../testing/answering-server.ts';
import { systemClock } from '../testing/stepped-clock.ts';
import { HttpSource } from './http-source.ts';
import { collectParts } from './parts.ts';

const TURNS = 50;

/** Listeners of the signal, and what Node keeps in it by itself: on Node 20 each AbortSignal.any stays in all of its sources. */
function leftIn(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).map((name) => (signal as unknown as Record<symbol, unknown>)[name]);
  const sizes = kept.map((each) =>
    typeof each === 'object' && each !== null && 'size' in each && 'add' in each ? Number(each.size) : 0,
  );
  return getEventListeners(signal, 'abort').length + sizes.reduce((sum, size) => sum + size, 0);
}

it('reading the parts of a collector leaves nothing in a signal that lives as long as the process', async () => {
  const { signal } = new AbortController();
  const part = { name: 'part', read: async () => () => undefined };
  for (let i = 0; i < TURNS; i++) await collectParts('test', [part], systemClock, signal);
  expect(leftIn(signal)).toBe(0);
});

it('asking a server leaves nothing in a signal that lives as long as the process', async () => {
  const server = await AnsweringServer.start();
  try {
    server.answers.set('/', 'hello');
    const source = new HttpSource({ url: server.url }, systemClock);
    const { signal } = new AbortController();
    for (let i = 0; i < TURNS; i++) await source.get('/', signal);
    await source.close();
    expect(leftIn(signal)).toBe(0);
  } finally {
    await server.stop();
  }
});
