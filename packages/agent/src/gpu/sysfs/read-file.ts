import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files below a root's /sys; figures that a driver does not tell are undefined. */
export class SysFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async text(path: string): Promise<string | undefined> {
    try {
      return (await readFile(join(this.#root, path), 'utf8')).trim();
    } catch (error) {
      // Missing here, or told to nobody now: a card that sleeps answers with EBUSY or EINVAL.
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }

  async number(path: string): Promise<number | undefined> {
    const text = await this.text(path);
    return text !== undefined && /^-?\d{1,18}$/.test(text) ? Number(text) : undefined;
  }

  /** The first of several places that has a number. */
  async firstNumber(paths: readonly string[]): Promise<number | undefined> {
    for (const path of paths) {
      const value = await this.number(path);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Names in a folder; empty when there is none. */
  async names(path: string): Promise<readonly string[]> {
    try {
      return (await readdir(join(this.#root, path))).sort();
    } catch (error) {
      if (error instanceof Error && 'code' in error) return [];
      throw error;
    }
  }
}
