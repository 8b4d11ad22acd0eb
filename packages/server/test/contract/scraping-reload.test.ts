import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  RecordingSink,
  cleanUp,
  configOf,
  later,
  page,
  poolFor,
  run,
  serve,
  targetsOf,
  text,
} from '../support/scrape-harness.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openMetricsReceive, remoteWriteSchema } from '../../src/metrics/receive/index.ts';

afterEach(cleanUp);

describe('reload', () => {
  const yaml = (address: string, extra = ''): string => poolFor(address, extra);

  it('leaves an equal pool alone and carries series over to a changed one', async () => {
    let body = 'a{x="1"} 1\nb{x="1"} 1\n';
    const address = await serve(page(() => body));
    const { sink, interval, receive } = await run(yaml(address));
    await interval();
    await receive.apply(configOf(yaml(address)));
    expect((await targetsOf(receive)).activeTargets[0]?.['health']).toBe('up');
    body = 'a{x="1"} 2\n';
    await receive.apply(configOf(yaml(address, '    sample_limit: 100\n')));
    await interval();
    expect([sink.of('a'), sink.of('b')]).toEqual([
      [1, 2],
      [1, 'stale'],
    ]);
  });

  it('ends the series of a removed target after two intervals, and none when the process stops', async () => {
    const address = await serve(page(() => 'a{x="1"} 1\n'));
    const { sink, interval, receive, clock } = await run(yaml(address));
    await interval();
    await receive.apply(configOf('scrape_configs: []\n'));
    await clock.advance(15_000);
    expect(sink.of('a')).toEqual([1]);
    await clock.advance(10_000);
    expect([sink.of('a'), sink.of('up')]).toEqual([
      [1, 'stale'],
      [1, 'stale'],
    ]);
    const stopping = await run(yaml(address));
    await stopping.interval();
    await stopping.receive.stop(AbortSignal.timeout(1_000));
    await stopping.clock.advance(60_000);
    expect(stopping.sink.of('a')).toEqual([1]);
  });
});

describe('with the real clock', () => {
  it('keeps connections between scrapes', async () => {
    const sockets = new Set<unknown>();
    let asked = 0;
    const address = await serve((request, response) => {
      asked++;
      sockets.add(request.socket);
      response.writeHead(200, { 'content-type': text }).end('a 1\n');
    });
    const clock = new SystemClock();
    const receive = openMetricsReceive(
      { sink: new RecordingSink(), clock, logger: silentLogger, registry: new Registry() },
      {
        config: configOf(poolFor(address).replace('10s', '50ms')),
        version: '0',
        remoteWrite: remoteWriteSchema.parse(undefined),
      },
    );
    await receive.start();
    later(() => receive.stop(AbortSignal.timeout(1_000)));
    await expect.poll(() => asked, { timeout: 5_000 }).toBeGreaterThan(5);
    expect(sockets.size).toBe(1);
  });
});
