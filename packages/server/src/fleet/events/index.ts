// In: changes of cameras' states and of what their streams say they are. Out: rows of ClickHouse, and a camera's timeline from them.
export { EVENTS_MAX, readEvents, readLastPassports, readLastStates, readPassports, readStateBefore } from './reader.ts';
export { EventRecorder, type Passport } from './recorder.ts';
export { EVENTS_MIGRATIONS, EVENTS_TABLE } from './schema.ts';
