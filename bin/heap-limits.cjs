'use strict';
// How much the heap may hold beyond what is in use. V8's own limits suit one that has gigabytes to spare.
const v8 = require('node:v8');

/**
 * Of each half of the space for what does not live long. V8 begins with 1 MiB and goes to 16 in a storm, and nothing takes that back from a
 * server that is never idle. With 1 ingestion takes a third more processor time, with 4 as much as with 16.
 */
const YOUNG_BYTES = 4 * 2 ** 20;
/** An idle process gives it back. */
const LOOK_INTERVAL_MS = 10_000;
/** Some four collections of what is kept meanwhile make the space grow; more would mean that V8 does it otherwise. */
const GROW_ROUNDS_MAX = 64;

/** A start makes what lives long, and somebody waits for it: it collects seldom, and with all cores. */
const START_MS = 5_000;

/** For all commands. */
function saveMemory() {
  // Little survives in the young generation of a server that scrapes: waking four helpers for it costs more than they do.
  v8.setFlagsFromString('--no-parallel-scavenge');
  // Collect once a third more is in use than survived: by default it is up to four times as much, which a day of ingestion fills.
  v8.setFlagsFromString('--heap-growing-percent=30');
}

function saveMemoryAfterStart() {
  setTimeout(saveMemory, START_MS).unref();
}

/** A site's agent has a small machine: 2 MB for what does not live long, and what does is collected sooner. */
function keepHeapSmall() {
  saveMemory();
  v8.setFlagsFromString('--heap-growing-percent=12');
  holdYoung();
}

/** 8 MB for what does not live long, from the start and for good, unless whoever runs Node asks for something else. */
function holdYoungAtItsBest() {
  // V8 reads the size only from the command line of Node, which a launcher must not depend on.
  if (/semi-space/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`)) return;
  growYoung();
  holdYoung();
  setInterval(growYoung, LOOK_INTERVAL_MS).unref();
}

function holdYoung() {
  setGrowth(1);
  // The heap of a new thread sets this flag back for all of them.
  process.on('worker', (worker) => worker.once('online', () => setGrowth(1)));
}

/** V8 lets the space grow when as much survived as fits into it. */
function growYoung() {
  if (youngBytes() >= YOUNG_BYTES) return;
  setGrowth(YOUNG_BYTES / 2 ** 20);
  const row = Array.from({ length: 1_000 }, () => 0);
  const kept = [];
  for (let round = 0; round < GROW_ROUNDS_MAX && youngBytes() < YOUNG_BYTES; round++)
    for (let i = 0; i < 32; i++) kept.push(row.slice());
  setGrowth(1);
}

/** Of one of the halves; the second one is there from the first collection on. */
function youngBytes() {
  return v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 2;
}

function setGrowth(factor) {
  v8.setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

module.exports = { holdYoungAtItsBest, keepHeapSmall, saveMemory, saveMemoryAfterStart };
