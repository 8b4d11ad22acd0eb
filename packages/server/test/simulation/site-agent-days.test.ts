import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { PassingSink } from '../../src/app/agent-sink.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { openMetricsSend, resolveSend, sendShape } from '../../src/metrics/send/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { startRemoteReceiver } from '../contract/remote-receiver.ts';
import { eventually, freePort } from '../e2e/vedette-process.ts';

const CAMERAS = 20;
const FAMILIES = ['camera_up', 'camera_frames_per_second', 'camera_received_bytes_total'];
const STEP_MS = 15_000;
const DAYS = 3;

/** Three days of a site's samples go to the spool while nobody listens at the centre; two restarts are in between. */
it('three days without a link arrive whole and, for each series, in order', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-agent-'));
  const port = await freePort();
  const open = async () => {
    const passing = new PassingSink();
    const send = openMetricsSend(
      {
        sink: passing,
        metadata: passing,
        clock: new SystemClock(),
        random: seededRandom(7),
        logger: silentLogger,
        registry: new Registry(),
      },
      {
        config: resolveSend(
          {
            remote_write: sendShape.remote_write.parse([
              {
                url: `http://127.0.0.1:${port}/api/v1/write`,
                name: 'centre',
                queue_config: { min_backoff: '10ms', max_backoff: '100ms' },
                metadata_config: { send: false },
              },
            ]),
            remote_write_spool: sendShape.remote_write_spool.parse(undefined),
            global: { external_labels: { agent: 'box-1', site: 'north' } },
          },
          join(folder, 'site.yaml'),
        ),
        folder: join(folder, 'remote-write'),
        version: 'test',
      },
    );
    await send.start();
    return send;
  };
  const series = FAMILIES.flatMap((name) =>
    Array.from({ length: CAMERAS }, (_, i) => Labels.fromObject({ __name__: name, camera_id: `cam-${i}` })),
  );
  const fromMs = Date.UTC(2026, 0, 1);
  const steps = (DAYS * 86_400_000) / STEP_MS;
  let send = await open();
  try {
    for (let step = 0; step < steps; step++) {
      const seriesIndex = Uint32Array.from(series, (_, i) => i);
      await send.sink.append(
        {
          series,
          seriesIndex,
          timestampMs: Float64Array.from(series, () => fromMs + step * STEP_MS),
          value: Float64Array.from(series, (_, i) => (i < CAMERAS ? 1 : i < 2 * CAMERAS ? 25 : step * 40_000 + i)),
        },
        { acknowledge: 'queued' },
      );
      if (step === Math.floor(steps / 3) || step === Math.floor((2 * steps) / 3)) {
        await send.stop(AbortSignal.timeout(1_000));
        send = await open();
      }
    }
    await eventually(() => expect(send.states()[0]?.failing).toBe(true));
    const [waiting] = send.states();
    const bytesPerRow = (waiting?.spoolBytes ?? 0) / (steps * series.length);
    process.stdout.write(
      `site agent: ${steps * series.length} samples of ${DAYS} days, ${((waiting?.spoolBytes ?? 0) / 2 ** 20).toFixed(1)} MiB on disk, ${bytesPerRow.toFixed(1)} bytes each\n`,
    );
    const receiver = await startRemoteReceiver(port);
    const newest = new Map<string, number>();
    let backwards = 0;
    let arrived = 0;
    let read = 0;
    await eventually(
      () => {
        for (; read < receiver.stored.length; read++) {
          const row = receiver.stored[read] as string;
          const at = row.lastIndexOf(' @');
          const key = row.slice(0, at);
          const timestampMs = Number(row.slice(at + 2, row.indexOf(' = ', at)));
          if (!newest.has(key)) expect(key).toMatch(/agent.*box-1.*site.*north/);
          const before = newest.get(key) ?? 0;
          if (timestampMs < before) backwards++;
          // What was sent and not acknowledged before a restart may come twice.
          if (timestampMs > before) arrived++;
          newest.set(key, Math.max(before, timestampMs));
        }
        expect(arrived).toBe(steps * series.length);
      },
      { timeoutMs: 60_000 },
    );
    expect(backwards).toBe(0);
    await eventually(() => expect(send.states()[0]).toMatchObject({ failing: false, spoolBytes: 0 }));
    await receiver.close();
  } finally {
    await send.stop(AbortSignal.timeout(1_000));
    rmSync(folder, { recursive: true, force: true });
  }
});
