/**
 * A thread that computes rows of range functions from shared memory; started by RangeThreads. It sleeps on the bell, and holds nothing
 * of the server but the kernels.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { rangeKernel } from '../query/functions/range-kernels.ts';
import { SlotViews } from '../store/slot-views.ts';
import { ArenaViews, CLAIMED, CONSUMED, DESCRIBED, DONE, ELSEWHERE, FREE, INSIDE, WORK } from './arena.ts';
import { BlockComputer } from './block-computer.ts';
import type { ThreadData, ThreadMessage, WorkMessage } from './messages.ts';

interface Job {
  readonly number: number;
  readonly arena: ArenaViews;
  readonly computer: BlockComputer;
}

const port = parentPort;
if (!port) throw new Error('this file runs as a thread of the server');
const bell = new Int32Array((workerData as ThreadData).bell);
const views = new SlotViews();
let jobs: Job[] = [];
let stopped = false;

while (!stopped) {
  const rung = Atomics.load(bell, 0);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as ThreadMessage);
  let worked = false;
  for (const job of jobs) {
    Atomics.add(job.arena.control, INSIDE, 1);
    if (Atomics.load(job.arena.control, WORK) !== job.number) jobs = jobs.filter((one) => one !== job);
    else if (computeNext(job)) worked = true;
    Atomics.sub(job.arena.control, INSIDE, 1);
  }
  if (!worked && !stopped) Atomics.wait(bell, 0, rung);
}

function take(message: ThreadMessage): void {
  if (message.type === 'buffers') for (const buffer of message.buffers) views.add(buffer);
  else if (message.type === 'work') jobs.push(jobOf(message));
  else stopped = true;
}

function jobOf({ arena, number, shape, kernel: name, args, windows, toMs }: WorkMessage): Job {
  const kernel = rangeKernel(name);
  if (!kernel) throw new Error(`no kernel is called ${name}`);
  return {
    number,
    arena: new ArenaViews(arena, shape),
    computer: new BlockComputer(views, { kernel, args, windows, toMs }),
  };
}

/** The first block that nobody has, behind the one that is consumed now. */
function computeNext({ arena, computer }: Job): boolean {
  const described = Atomics.load(arena.control, DESCRIBED);
  for (let block = Atomics.load(arena.control, CONSUMED) + 1; block < described; block++) {
    if (arena.stateOf(block) !== FREE || !arena.claim(block, CLAIMED)) continue;
    computer.compute(arena, block);
    Atomics.add(arena.control, ELSEWHERE, arena.rowsOf(block));
    arena.setState(block, DONE);
    return true;
  }
  return false;
}
