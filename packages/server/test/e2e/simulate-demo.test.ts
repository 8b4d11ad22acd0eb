import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, eventually, instantQuery, runVedette, startVedette } from './vedette-process.ts';
import { startSimulation } from './simulate-process.ts';

afterEach(cleanUp);

const statusOf = async (url: string): Promise<{ simulation: boolean; targets: { up: number; down: number } }> =>
  (await (await fetch(`${url}/api/vedette/status`)).json()) as {
    simulation: boolean;
    targets: { up: number; down: number };
  };

/** Whether somebody listens there. */
async function answers(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  return Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)])
    .catch(() => false)
    .finally(() => socket.destroy());
}

describe('serve --demo', () => {
  it('watches a simulated fleet, says that it is one, and ends with it', async () => {
    const vedette = await startVedette({ args: ['--demo'] });
    const rtsp = /cameras? at (rtsp:\S+),/.exec(vedette.output())?.[1] ?? '';
    await eventually(async () => {
      const status = await statusOf(vedette.url);
      expect(status.simulation).toBe(true);
      expect(status.targets.down).toBe(0);
      expect(status.targets.up).toBeGreaterThan(20);
    });
    await eventually(async () => {
      const [active] = await instantQuery(vedette.url, 'cameras_active');
      expect(Number(active?.value[1])).toBeGreaterThan(30);
      const up = await instantQuery(vedette.url, 'camera_up{job="recording-nodes"}');
      expect(up.length).toBeGreaterThan(5);
      expect(up[0]?.metric['instance']).toMatch(/^recording-node-\d+:9090$/);
    });
    expect(await answers(rtsp)).toBe(true);
    expect(await vedette.stop('SIGINT')).toBe(0);
    expect(await answers(rtsp)).toBe(false);
  });

  it('leaves nothing behind when it is killed', async () => {
    const vedette = await startVedette({ args: ['--demo', '12'] });
    const rtsp = /cameras? at (rtsp:\S+),/.exec(vedette.output())?.[1] ?? '';
    expect(await answers(rtsp)).toBe(true);
    await vedette.stop('SIGKILL');
    expect(await answers(rtsp)).toBe(false);
  });

  it('brings its own configuration', async () => {
    const { code, output } = await runVedette(['serve', '--demo', '--config', 'x.yaml']);
    expect(code).toBe(1);
    expect(output).toContain('--demo brings its own configuration');
    expect((await runVedette(['serve', '--demo', 'many'])).output).toContain(
      '"many" is not a number of cameras from 1 to',
    );
  });
});

describe('a Vedette that watches vedette simulate', () => {
  it('takes the configuration that it wrote', async () => {
    const simulation = await startSimulation(['--cameras', '20', '--port-per-camera']);
    const vedette = await startVedette({ args: ['--config', `${simulation.folder}/vedette.yaml`] });
    await eventually(async () =>
      expect((await statusOf(vedette.url)).targets).toMatchObject({ down: 0, up: expect.any(Number) as number }),
    );
    expect((await statusOf(vedette.url)).simulation).toBe(true);
    await eventually(async () => expect(await instantQuery(vedette.url, 'up == 0')).toEqual([]));
  });
});

describe('vedette simulate', () => {
  it('says what is wrong with a flag or a fault, and starts nothing', async () => {
    expect((await runVedette(['simulate', '--cameras', '0'])).output).toContain(
      '--cameras: "0" is not a whole number from 1 to',
    );
    const fault = await runVedette(['simulate', '--port', '0', '--fault', '{kind: melted}']);
    expect(fault.code).toBe(1);
    expect(fault.output).toContain('"melted" is none of offline, frozen');
    const camera = await runVedette(['simulate', '--port', '0', '--fault', '{kind: frozen, cameras: [cam-0099]}']);
    expect(camera.output).toContain('there is no camera cam-0099');
    expect(camera.code).toBe(1);
  });
});
