// Node runs no TypeScript in a thread by itself.
import { register } from 'tsx/esm/api';

register();
await import('../../../agent/src/picture/jpeg-thread.ts');
