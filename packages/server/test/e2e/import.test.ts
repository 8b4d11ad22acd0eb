import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, freePort, instantQuery, runVedette, startVedette, temporaryFolder } from './vedette-process.ts';

const DAY_MS = 86_400_000;
const CONFIG = 'host_collector: { enabled: false }\nself_monitoring: { enabled: false }\ncatalog: { rules: false }\n';

afterEach(cleanUp);

/** One sample a minute for so many days, the newest now, of two cameras; OpenMetrics. */
function page(days: number, nowMs: number): string {
  const lines = ['# TYPE camera_fps gauge', '# HELP camera_fps Frames per second.'];
  for (const camera of ['a', 'b'])
    for (let at = nowMs - days * DAY_MS; at <= nowMs; at += 60_000)
      lines.push(`camera_fps{camera_id="${camera}"} ${camera === 'a' ? 25 : 12.5} ${at / 1000}`);
  return `${lines.join('\n')}\n# EOF\n`;
}

describe('vedette import', () => {
  it('stores days-late OpenMetrics through the running server', async () => {
    const vedette = await startVedette({ config: CONFIG });
    const folder = temporaryFolder();
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    writeFileSync(join(folder, 'fleet.om'), page(10, nowMs));
    writeFileSync(join(folder, 'more.om.gz'), gzipSync(`more{camera_id="c"} 1 ${nowMs / 1000}\n# EOF\n`));
    const { code, output } = await runVedette(
      ['import', '--server', vedette.url, '--label', 'site=north', '--format', 'openmetrics', 'fleet.om', 'more.om.gz'],
      folder,
    );
    expect([code, output]).toEqual([0, expect.stringMatching(/28,803 samples stored in .* in http/) as string]);
    const counts = await instantQuery(
      vedette.url,
      `count_over_time(camera_fps{site="north"}[10d1m] @ ${nowMs / 1000})`,
    );
    expect(counts.map(({ metric, value }) => [metric['camera_id'], value[1]])).toEqual([
      ['a', '14401'],
      ['b', '14401'],
    ]);
    const metadata = (await (await fetch(`${vedette.url}/api/v1/metadata?metric=camera_fps`)).json()) as object;
    expect(metadata).toMatchObject({ data: { camera_fps: [{ type: 'gauge', help: 'Frames per second.' }] } });
  });

  it('fills the data directory when no server runs, and the server then has it', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const config = `${CONFIG}http: { listen: 127.0.0.1:${port} }\n`;
    writeFileSync(join(folder, 'vedette.yaml'), config);
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    writeFileSync(join(folder, 'fleet.om'), page(2, nowMs));
    const filled = await runVedette(
      ['import', '--config', 'vedette.yaml', '--data', join(folder, 'data'), 'fleet.om'],
      folder,
    );
    expect([filled.code, filled.output]).toEqual([
      0,
      expect.stringMatching(/5,762 samples stored.*no server runs/) as string,
    ]);
    const vedette = await startVedette({ folder, config, listen: `127.0.0.1:${port}` });
    const query = `sum(count_over_time(camera_fps[2d1m] @ ${nowMs / 1000}))`;
    expect((await instantQuery(vedette.url, query))[0]?.value[1]).toBe('5762');
    // The same again, now through the server that runs there: nothing changes.
    const again = await runVedette(['import', '--config', 'vedette.yaml', 'fleet.om'], folder);
    expect([again.code, again.output]).toEqual([0, expect.stringContaining(vedette.url) as string]);
    expect((await instantQuery(vedette.url, query))[0]?.value[1]).toBe('5762');
  });

  it('names the faulty line and what was stored before it; says what was refused', async () => {
    const vedette = await startVedette({ config: CONFIG });
    const folder = temporaryFolder();
    const now = Date.now();
    writeFileSync(join(folder, 'bad.prom'), `a 1 ${now}\na 2 ${now + 1}\nb{ 3\n`);
    writeFileSync(join(folder, 'old.prom'), 'a 1 1000\n');
    const bad = await runVedette(['import', '--server', vedette.url, 'bad.prom'], folder);
    expect(bad.code).toBe(1);
    expect(bad.output).toMatch(/bad\.prom: line 3, column \d+: .*; the 2 samples before it are stored/);
    const old = await runVedette(['import', '--server', vedette.url, 'old.prom'], folder);
    expect([old.code, old.output]).toEqual([2, expect.stringContaining('1 samples were refused: too-old') as string]);
    const missing = await runVedette(['import', '--server', vedette.url, 'nowhere.om'], folder);
    expect([missing.code, missing.output]).toEqual([1, expect.stringContaining('cannot read nowhere.om') as string]);
  });
});
