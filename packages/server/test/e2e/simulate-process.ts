import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Stop, eventually, root, start, temporaryFolder } from './vedette-process.ts';

const run = promisify(execFile);

export interface RunningSimulation {
  /** Where `vedette.yaml` and `inventory.yaml` lie. */
  readonly folder: string;
  readonly rtsp: string;
  readonly http: string;
  readonly services: string;
  readonly frigate: string;
  readonly mediamtx: string;
  readonly mediamtxMetrics: string;
  readonly control: string;
  readonly pid: number;
  post(faults: unknown): Promise<Response>;
}

/** `vedette simulate` as a user starts it, on ports that the system chooses. */
export async function startSimulation(args: readonly string[] = []): Promise<RunningSimulation> {
  const folder = temporaryFolder();
  const all = [join(root, 'bin/vedette'), 'simulate', '--port', '0', '--out', folder, ...args];
  const child = start(process.execPath, all, folder);
  const text = await eventually(
    () => {
      if (child.exitCode !== null) throw new Stop(`the simulation ended with ${child.exitCode}:\n${child.output()}`);
      if (!child.output().includes('watch it')) throw new Error(`the simulation is not ready:\n${child.output()}`);
      return child.output();
    },
    { timeoutMs: 60_000 },
  );
  const address = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  const control = address(/faults\s+(http:\S+)\/faults/);
  return {
    folder,
    rtsp: address(/rtsp\s+(rtsp:\/\/[\d.:]+)/),
    http: address(/http\s+(http:\/\/[\d.:]+)/),
    services: address(/services\s+(http:\/\/[\d.:]+)/),
    frigate: address(/frigate\s+(http:\/\/[\d.:]+)/),
    mediamtx: address(/mediamtx\s+(http:\/\/[\d.:]+)/),
    mediamtxMetrics: address(/metrics (http:\/\/[\d.:]+)/),
    control,
    pid: child.pid ?? 0,
    post: (faults) =>
      fetch(`${control}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(faults),
      }),
  };
}

/** With user and password, as programs of others want it. */
export function withUser(address: string, user = 'viewer', password = 'practice'): string {
  return address.replace('://', `://${user}:${password}@`);
}

/** Runs to its end; what it printed to standard output and error, whatever its exit code. */
export async function output(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await run(program, [...args], { timeout: 60_000, maxBuffer: 4_000_000 });
    return { code: 0, text: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return { code: failed.code ?? 1, text: `${failed.stdout ?? ''}${failed.stderr ?? ''}`.trim() };
  }
}
