// Node runs no TypeScript in a thread by itself.
import { register } from 'tsx/esm/api';

register();
await import('../../src/metrics/parallel/range-thread.ts');
