import { expect, it } from 'vitest';
import { Recurring } from './recurring.ts';
import { type Logger, silentLogger } from './logger.ts';
import { VirtualClock } from './virtual-clock.ts';

it('does its rounds, says which failed, and goes on', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields, message) => void told.push(message) };
  let rounds = 0;
  const work = new Recurring(
    { clock, logger },
    {
      name: 'work',
      intervalMs: 1_000,
      failure: 'not done',
      round: async () => {
        if (++rounds === 2) throw new Error('disk');
      },
    },
  );
  await work.start();
  await clock.advance(3_000);
  expect([rounds, told]).toEqual([3, ['not done']]);
  await work.stop(new AbortController().signal);
  await clock.advance(3_000);
  expect(rounds).toBe(3);
});

it('a stop waits for the round that runs, and gives it up when there is no more time', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields, message) => void told.push(message) };
  const round = (signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
  const work = new Recurring({ clock, logger }, { name: 'work', intervalMs: 1_000, failure: 'not done', round });
  await work.start();
  await clock.advance(1_000);
  const deadline = new AbortController();
  let stopped = false;
  const stopping = work.stop(deadline.signal).then(() => (stopped = true));
  await clock.settle();
  expect(stopped).toBe(false);
  deadline.abort();
  await stopping;
  expect(told).toEqual([]);
});
