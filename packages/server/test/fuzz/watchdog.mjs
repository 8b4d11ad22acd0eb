// Runs on a thread of its own: sees an input that never ends or fills the memory, which the thread under test cannot tell of.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, headerBytes, hangMs, residentMax } = workerData;
const header = new Int32Array(shared, 0, headerBytes / 4);
const POLL_MS = 200;

let seen = -1;
let sinceMs = performance.now();

setInterval(() => {
  const [attempt, busy, length, subjectLength] = header;
  if (attempt !== seen || busy === 0) {
    seen = attempt;
    sinceMs = performance.now();
  }
  const hangs = busy === 1 && performance.now() - sinceMs > hangMs;
  const { rss } = process.memoryUsage();
  if (!hangs && rss < residentMax) return;
  const text = Buffer.from(new Uint8Array(shared, headerBytes, length + subjectLength)).toString('utf16le');
  const subject = text.slice(0, subjectLength / 2);
  const input = text.slice(subjectLength / 2);
  const why = hangs ? `has not ended after ${hangMs / 1000} s` : `fills the memory: ${(rss / 2 ** 20).toFixed(0)} MiB`;
  writeSync(2, `fuzz ${subject}: an input ${why}; not minimised:\n${JSON.stringify(input)}\n`);
  process.kill(process.pid, 'SIGKILL');
}, POLL_MS);
