import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolPosition } from './spool.ts';

const SUFFIX = '.position';

/** Positions found in the folder; a file that cannot be read is none: its remote begins at the oldest row that is kept. */
export async function readPositions(folder: string): Promise<ReadonlyMap<string, SpoolPosition>> {
  const positions = new Map<string, SpoolPosition>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith(SUFFIX)) continue;
    positions.set(
      name.slice(0, -SUFFIX.length),
      parsed(await readFile(join(folder, name), 'utf8')) ?? { segment: 0, offset: 0 },
    );
  }
  return positions;
}

/** The old position or the new one is there after a kill, never half of one. */
export async function writePosition(folder: string, key: string, { segment, offset }: SpoolPosition): Promise<void> {
  const file = join(folder, key + SUFFIX);
  await writeFile(`${file}.new`, JSON.stringify({ segment, offset }));
  await rename(`${file}.new`, file);
}

export async function removePosition(folder: string, key: string): Promise<void> {
  await rm(join(folder, key + SUFFIX), { force: true });
}

function parsed(text: string): SpoolPosition | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { segment, offset } = value as Partial<Record<'segment' | 'offset', unknown>>;
  const whole = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
  return whole(segment) && whole(offset) ? { segment, offset } : undefined;
}
