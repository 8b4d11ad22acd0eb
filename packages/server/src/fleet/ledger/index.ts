// In: stored samples of when the newest segment ended, changes of state, schedule and maintenance. Out: recorded and readable minutes, and
// the reason of every gap.
export { LEDGER_WINDOW_MAX_MS, type LedgerDeps, readLedger } from './read-ledger.ts';
