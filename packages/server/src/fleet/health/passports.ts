import type { PassportEntry } from '@vedette/wire/http';
import { FACT } from '../evidence/index.ts';
import type { Passport } from '../events/index.ts';
import type { FleetEntry } from './fleet-entry.ts';

/** Notices when a stream says that it is something else than before. */
export class Passports {
  /** What was told last, by camera. */
  readonly #told = new Map<string, string>();

  /** What is stored already. */
  restore(last: ReadonlyMap<string, PassportEntry>): void {
    for (const [id, entry] of last) this.#told.set(id, textOf(entry));
  }

  /** Passports that are new since the last call. */
  changed(entries: Iterable<FleetEntry>): readonly Passport[] {
    const found: Passport[] = [];
    for (const entry of entries) {
      const passport = passportOf(entry);
      if (!passport) continue;
      const text = textOf(passport);
      if (this.#told.get(entry.id) === text) continue;
      this.#told.set(entry.id, text);
      found.push({ cameraId: entry.id, ...passport });
    }
    return found;
  }
}

/** What the stream says it is now; undefined: nobody told. */
export function passportOf({ watched: { evidence } }: FleetEntry): PassportEntry | undefined {
  const { info } = evidence;
  if (!info) return undefined;
  const declared = evidence.value(FACT.camera_declared_fps);
  return {
    fromMs: info.sinceMs,
    codec: info.codec,
    ...(info.profile === '' ? {} : { profile: info.profile }),
    ...(info.width === undefined ? {} : { width: info.width }),
    ...(info.height === undefined ? {} : { height: info.height }),
    // Stamped rates waver; that is not another setting.
    ...(Number.isNaN(declared) ? {} : { declaredFps: Math.round(declared) }),
    ...(info.transport === '' ? {} : { transport: info.transport }),
  };
}

function textOf({ codec, profile, width, height, transport }: PassportEntry): string {
  return [codec, profile, width, height, transport].join(' ');
}
