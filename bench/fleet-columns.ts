// The fleet generator's samples as columns, for benchmarks that skip HTTP: what gen_fleet.mjs prints, read once.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface FleetColumns {
  readonly cameras: number;
  readonly steps: number;
  readonly stepMs: number;
  /** Label sets of one step, camera by camera: [name, value] pairs. */
  readonly labels: readonly (readonly (readonly [string, string])[])[];
  /** values[step * labels.length + series]. */
  readonly values: Float64Array;
}

const LINE = /^([a-zA-Z_:][\w:]*)\{(.*)\} (\S+) \d+$/;
const PAIR = /(\w+)="([^"]*)"/g;

export async function readFleet(cameras: number, steps: number, stepSeconds = 5): Promise<FleetColumns> {
  const args = [
    'text',
    '--cameras',
    String(cameras),
    '--duration',
    String(steps * stepSeconds),
    '--step',
    String(stepSeconds),
  ];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'gen_fleet.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const perStep = cameras * 50;
  const values = new Float64Array(perStep * steps);
  const labels: [string, string][][] = [];
  let row = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (labels.length < perStep) {
      const match = LINE.exec(line);
      if (match === null) throw new Error(`not a sample: ${line}`);
      const pairs = Array.from((match[2] as string).matchAll(PAIR), (pair): [string, string] => [
        pair[1] as string,
        pair[2] as string,
      ]);
      labels.push([['__name__', match[1] as string], ...pairs]);
    }
    const end = line.lastIndexOf(' ');
    values[row++] = Number(line.slice(line.lastIndexOf(' ', end - 1) + 1, end));
  }
  if (row !== values.length) throw new Error(`the generator gave ${row} samples instead of ${values.length}`);
  return { cameras, steps, stepMs: stepSeconds * 1_000, labels, values };
}
