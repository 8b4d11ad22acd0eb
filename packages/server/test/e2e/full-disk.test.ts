import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { remoteWrite } from './remote-writer.ts';
import { cleanUp, eventually, instantQuery, startVedette } from './vedette-process.ts';

/** A small file system of its own needs the right to mount one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'vedette-test', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

afterEach(async () => {
  await cleanUp();
});

describe('a full disk', () => {
  it('refuses new samples in words, answers queries all the while, and takes samples again once there is room', async (context) => {
    const folder = mountSmallDisk();
    if (folder === undefined) {
      process.stdout.write('this user may not mount a file system: the full disk is not tried\n');
      context.skip();
      return;
    }
    try {
      const vedette = await startVedette({
        config: 'storage: { disk_headroom: 1MB }\n',
        args: ['--data', join(folder, 'data')],
      });
      const sample = (value: number): Parameters<typeof remoteWrite>[1] => [
        { labels: { __name__: 'disk_test' }, timestampMs: Date.now(), value },
      ];
      expect((await remoteWrite(vedette.url, sample(1))).status).toBe(204);

      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(join(folder, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1_024)));
      const refused = await eventually(
        async () => {
          const answer = await remoteWrite(vedette.url, sample(2));
          expect(answer.status).toBeGreaterThanOrEqual(500);
          return answer;
        },
        { timeoutMs: 60_000 },
      );
      expect(refused.body).toMatch(/disk|space|room/i);
      expect((await instantQuery(vedette.url, 'disk_test')).length).toBe(1);
      expect((await fetch(`${vedette.url}/-/healthy`)).status).toBe(200);
      const status = (await (await fetch(`${vedette.url}/api/vedette/status`)).json()) as {
        storage: { lastError: string | null };
      };
      expect(status.storage.lastError).toMatch(/disk|space|room/i);

      rmSync(join(folder, 'ballast'));
      await eventually(
        async () => {
          expect((await remoteWrite(vedette.url, sample(3))).status).toBe(204);
        },
        { timeoutMs: 60_000 },
      );
      await eventually(async () => expect((await instantQuery(vedette.url, 'disk_test'))[0]?.value[1]).toBe('3'));
    } finally {
      await cleanUp();
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    }
  });
});
