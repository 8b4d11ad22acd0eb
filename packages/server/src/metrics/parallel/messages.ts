import type { WindowGrid } from '../query/exec/grid.ts';
import type { Shape } from './arena.ts';

/** To a thread: more of the memory that chunks lie in, in order. */
export interface BuffersMessage {
  readonly type: 'buffers';
  readonly buffers: readonly SharedArrayBuffer[];
}

/** To a thread: rows to compute. */
export interface WorkMessage {
  readonly type: 'work';
  readonly arena: SharedArrayBuffer;
  /** The arena serves it while its control says the same number. */
  readonly number: number;
  readonly shape: Shape;
  readonly kernel: string;
  readonly args: readonly Float64Array[];
  readonly windows: WindowGrid;
  readonly toMs: number;
}

export interface StopMessage {
  readonly type: 'stop';
}

export type ThreadMessage = BuffersMessage | WorkMessage | StopMessage;

/** What a thread is started with. */
export interface ThreadData {
  /** One word: rung whenever there may be something to do. */
  readonly bell: SharedArrayBuffer;
}
