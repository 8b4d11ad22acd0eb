import { type ScriptReport, runScript } from '../metrics/query/promqltest/index.ts';

/** Runs a scripted PromQL test; `onProgress` hears of each evaluation that is done. Throws a plain Error for a script that cannot be read. */
export async function runPromqlScript(
  text: string,
  onProgress: (done: number, all: number) => void,
): Promise<ScriptReport> {
  return runScript(text, { onProgress });
}
