import { expect, it } from 'vitest';
import { type Logger, silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Reloads, warnOfRestart } from './reloads.ts';

it('reloads follow one another, and one that is refused does not keep the next from trying', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  let fault: Error | undefined = new Error('line 3');
  const reloads = new Reloads({ clock, logger: silentLogger }, async () => {
    seen.push('begins');
    await clock.sleep(10);
    seen.push('ends');
    if (fault) throw fault;
    return 'site.yaml';
  });
  expect(reloads.outcome).toMatchObject({ ok: true, message: 'loaded at start' });
  const refused = expect(reloads.run()).rejects.toThrow('line 3');
  const second = reloads.run();
  await clock.advance(10);
  await refused;
  expect(reloads.outcome).toMatchObject({ ok: false, message: 'line 3', atMs: clock.now() });
  fault = undefined;
  await clock.advance(10);
  await second;
  expect(seen).toEqual(['begins', 'ends', 'begins', 'ends']);
  expect(reloads.outcome).toMatchObject({ ok: true, message: 'reloaded' });
});

it('says which sections need a restart', () => {
  const told: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void told.push(fields) };
  const before = { http: { port: 1 }, data: 'x', other: 1 };
  warnOfRestart(logger, ['http', 'data'], before, { ...before, http: { port: 2 }, other: 2 }, 'a.');
  expect(told).toEqual([{ section: 'a.http' }]);
});
