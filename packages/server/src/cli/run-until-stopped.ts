import { printError } from './terminal.ts';

/** Longer than any flush that was seen, shorter than the 30 s after which supervisors lose patience. */
const STOP_DEADLINE_MS = 20_000;

export interface Stoppable {
  reload(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

/** SIGTERM and SIGINT stop it, a second one ends without waiting; SIGHUP reloads. */
export function runUntilStopped(running: Stoppable): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      printError(`vedette: second ${signal}, ending without waiting`);
      process.exit(1);
    }
    stopping = true;
    running
      .stop(AbortSignal.timeout(STOP_DEADLINE_MS))
      .catch((error: unknown) => {
        printError(`vedette: stopping failed: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      })
      // What the engine keeps running would hold the process; everything of ours has ended by now.
      .finally(() => process.exit());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    // A refusal is in the log already, and nobody waits for this one's answer.
    void running.reload().catch(() => undefined);
  });
}
