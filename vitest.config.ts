import { randomInt } from 'node:crypto';
import { defineConfig } from 'vitest/config';

// Forked processes, not threads: a worker thread that loaded chDB ends in a segmentation fault at teardown.
const shared = {
  pool: 'forks',
  environment: 'node',
  restoreMocks: true,
} as const;

const resolve = { conditions: ['vedette-source'] };
const ssr = { resolve: { conditions: ['vedette-source'] } };

export default defineConfig({
  test: {
    reporters: ['default'],
    maxWorkers: 2,
    projects: [
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.test.tsx'],
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'system',
          include: ['packages/server/test/**/*.test.ts'],
          exclude: ['packages/server/test/e2e/**', 'packages/server/test/fuzz/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'e2e',
          include: ['packages/server/test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'fuzz',
          include: ['packages/server/test/fuzz/**/*.test.ts'],
          // One for all files of a run; each run has another one unless it is set.
          env: { VEDETTE_FUZZ_SEED: process.env['VEDETTE_FUZZ_SEED'] ?? String(randomInt(2 ** 31)) },
          // Each subject has a budget of its own, and a watchdog ends what hangs.
          testTimeout: 0,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
