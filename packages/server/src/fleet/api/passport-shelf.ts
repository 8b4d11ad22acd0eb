import type { PassportEntry } from '@vedette/wire/http';
import type { Passport } from '../events/index.ts';

/** Cameras whose passports are at hand: pages that look at one ask every second. */
const CAMERAS_MAX = 500;

/** Passports of the cameras that were asked for lately; the others are read. */
export class PassportShelf {
  readonly #read: (cameraId: string, signal: AbortSignal) => Promise<readonly PassportEntry[]>;
  /** The one that was asked for longest ago first. */
  readonly #known = new Map<string, readonly PassportEntry[]>();
  /** The newest that was recorded of each camera: it may be on its way to the database. */
  readonly #recorded = new Map<string, PassportEntry>();

  constructor(read: (cameraId: string, signal: AbortSignal) => Promise<readonly PassportEntry[]>) {
    this.#read = read;
  }

  /** The newest first. Throws what reading throws. */
  async of(cameraId: string, signal: AbortSignal): Promise<readonly PassportEntry[]> {
    const known = this.#known.get(cameraId);
    this.#known.delete(cameraId);
    const entries = known ?? this.#withRecorded(cameraId, await this.#read(cameraId, signal));
    this.#known.set(cameraId, entries);
    const [oldest] = this.#known.keys();
    if (this.#known.size > CAMERAS_MAX && oldest !== undefined) this.#known.delete(oldest);
    return entries;
  }

  recorded(passports: readonly Passport[]): void {
    for (const { cameraId, ...entry } of passports) {
      this.#recorded.set(cameraId, entry);
      const known = this.#known.get(cameraId);
      if (known) this.#known.set(cameraId, [entry, ...known]);
    }
  }

  #withRecorded(cameraId: string, stored: readonly PassportEntry[]): readonly PassportEntry[] {
    const recorded = this.#recorded.get(cameraId);
    return recorded && recorded.fromMs > (stored[0]?.fromMs ?? 0) ? [recorded, ...stored] : stored;
  }
}
