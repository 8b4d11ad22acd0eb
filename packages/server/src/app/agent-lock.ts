import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { type Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';

/**
 * One agent for each data folder: two would write one spool. The lock is a socket's name, which the system frees when the process dies,
 * however it dies. Start it first. Throws DATA_DIR_LOCKED, DATA_DIR_INVALID.
 */
export function folderLock(folder: string): Component {
  let server: Server | undefined;
  return {
    name: 'data folder',
    start: async () => {
      const address = addressOf(folder);
      server = await listen(address)
        .catch(async (error: unknown) => {
          if (!isInUse(error) || (await answers(address))) throw error;
          // Where names are files they stay behind after a kill.
          rmSync(address, { force: true });
          return listen(address);
        })
        .catch((error: unknown) => {
          throw isInUse(error)
            ? new VedetteError(
                'DATA_DIR_LOCKED',
                `the data directory ${folder} is in use by another agent; stop that one, or give this one another directory with --data`,
                { cause: error, details: { path: folder } },
              )
            : error;
        });
    },
    stop: async () => {
      await new Promise<void>((done) => {
        if (server) server.close(() => done());
        else done();
      });
    },
  };
}

function addressOf(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    const hash = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
    // Linux has names that are no files; a folder's own path may be longer than a socket's name.
    return process.platform === 'linux' ? `\0vedette-agent-${hash}` : join(tmpdir(), `vedette-agent-${hash}.sock`);
  } catch (error) {
    throw new VedetteError(
      'DATA_DIR_INVALID',
      `the data directory ${folder} cannot be used: ${errorMessage(error)}; give a writable directory with --data`,
      { cause: error, details: { path: folder } },
    );
  }
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Whoever connects only wants to know whether somebody is there.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
