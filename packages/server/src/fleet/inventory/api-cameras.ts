import type { CameraFields } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { type Fields, flat, nested } from './fields.ts';
import { CAMERAS_MAX } from './limits.ts';
import type { Layer, Said } from './merged.ts';

/** What the API says of a camera, as it is stored. */
export interface StoredCamera {
  readonly fields: CameraFields;
  /** Rises with each change; never used again for the same id. */
  readonly revision: number;
  readonly at: string;
  readonly by: string;
}

interface Known extends StoredCamera {
  readonly said: readonly [Said];
}

/** What people said over the API, durable before it is answered. */
export class ApiCameras implements Layer {
  readonly #clock: Clock;
  readonly #table: StateTable<StoredCamera>;
  readonly #known = new Map<string, Known>();

  private constructor(clock: Clock, table: StateTable<StoredCamera>) {
    this.#clock = clock;
    this.#table = table;
    for (const [id, stored] of table.entries()) this.#know(id, stored);
  }

  static async open(clock: Clock, state: StateStore): Promise<ApiCameras> {
    return new ApiCameras(clock, await state.open('fleet.inventory.cameras', parsed));
  }

  /** Hears which cameras another process changed. */
  follow(hear: (ids: readonly string[]) => void): Disposable | undefined {
    return this.#table.changes?.((changed) => {
      for (const [id, stored] of changed) this.#know(id, stored);
      hear([...changed.keys()]);
    });
  }

  ids(): Iterable<string> {
    return this.#known.keys();
  }

  said(id: string): readonly Said[] {
    return this.#known.get(id)?.said ?? NOTHING;
  }

  get(id: string): StoredCamera | undefined {
    return this.#known.get(id);
  }

  fields(id: string): Fields {
    return this.#known.get(id)?.said[0].fields ?? {};
  }

  /** Throws CAMERA_CONFLICT when somebody changed it since `revision`. */
  check(id: string, revision: number | undefined): void {
    const now = this.#known.get(id)?.revision ?? 0;
    if (revision === undefined || revision === now) return;
    const who = this.#known.get(id);
    throw new VedetteError(
      'CAMERA_CONFLICT',
      `camera "${id}" was changed meanwhile${who === undefined ? '' : ` by ${who.by} at ${who.at}`}; read it again and repeat the change`,
      { details: { revision: now } },
    );
  }

  async put(entries: ReadonlyMap<string, Fields>, by: string): Promise<void> {
    if (this.#known.size + entries.size > CAMERAS_MAX * 2)
      throw new VedetteError(
        'CAMERA_INVALID',
        `more than ${CAMERAS_MAX * 2} cameras over the API; delete those that are no more`,
      );
    const at = new Date(this.#clock.now()).toISOString();
    const stored = [...entries].map(([id, fields]): readonly [string, StoredCamera] => {
      const revision = Math.max((this.#known.get(id)?.revision ?? 0) + 1, Math.floor(this.#clock.now()));
      return [id, { fields: nested(fields), revision, at, by }];
    });
    for (const [id, one] of stored) this.#know(id, one);
    await this.#table.putAll(stored);
  }

  async delete(id: string): Promise<void> {
    this.#known.delete(id);
    await this.#table.delete(id);
  }

  #know(id: string, stored: StoredCamera | undefined): void {
    if (stored === undefined) this.#known.delete(id);
    else this.#known.set(id, { ...stored, said: [{ source: 'api', place: 'the API', fields: flat(stored.fields) }] });
  }
}

const NOTHING: readonly Said[] = [];

function parsed(json: unknown): StoredCamera | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { fields, revision, at, by } = json as Partial<StoredCamera>;
  if (typeof fields !== 'object' || typeof revision !== 'number' || typeof at !== 'string' || typeof by !== 'string')
    return undefined;
  return { fields, revision, at, by };
}
