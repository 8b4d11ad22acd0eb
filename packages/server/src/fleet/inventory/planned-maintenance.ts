import type {
  Camera,
  CameraSelection,
  MaintenancePlan,
  MaintenanceWindow,
  PlannedMaintenance,
} from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import { randomId } from '../../base/random.ts';
import { parseDuration } from '../../base/units.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { instantOf } from './time-fields.ts';
import { isMapping } from './written-value.ts';
import { CAMERAS_MAX, PLANNED_MAINTENANCE_MAX, TEXT_LENGTH_MAX } from './limits.ts';

type Stored = Omit<PlannedMaintenance, 'count' | 'state'>;

const SELECTABLE = ['site', 'recorder', 'switch', 'class', 'owner'] as const;

/** Maintenance windows that people planned for cameras by id, site and so on. */
export class PlannedMaintenances {
  readonly #clock: Clock;
  readonly #table: StateTable<Stored>;
  readonly #ids = new Map<string, ReadonlySet<string>>();

  private constructor(clock: Clock, table: StateTable<Stored>) {
    this.#clock = clock;
    this.#table = table;
  }

  static async open(clock: Clock, state: StateStore): Promise<PlannedMaintenances> {
    return new PlannedMaintenances(clock, await state.open('fleet.inventory.maintenance', parsed));
  }

  follow(hear: () => void): Disposable | undefined {
    return this.#table.changes?.(() => hear());
  }

  /** Windows that cover the camera, whenever they are. */
  windowsFor(camera: Camera): readonly MaintenanceWindow[] {
    const found: MaintenanceWindow[] = [];
    for (const [, { id, cameras, from, to, reason }] of this.#table.entries())
      if (this.#covers(id, cameras, camera)) found.push({ from, to, ...(reason === undefined ? {} : { reason }), id });
    return found;
  }

  list(cameras: readonly Camera[]): readonly PlannedMaintenance[] {
    return [...this.#table.entries()]
      .map(([, stored]) => this.#shown(stored, cameras))
      .sort((one, other) => Date.parse(other.from) - Date.parse(one.from));
  }

  async plan(body: unknown, by: string, cameras: readonly Camera[]): Promise<PlannedMaintenance> {
    const { selection, from, to, reason } = this.#read(body);
    const stored: Stored = {
      id: randomId(),
      cameras: selection,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      ...(reason === undefined ? {} : { reason }),
      by,
    };
    const shown = this.#shown(stored, cameras);
    if (shown.count === 0) throw new VedetteError('CAMERA_INVALID', 'no camera is like that; check "cameras"');
    await this.#makeRoom();
    await this.#table.put(stored.id, stored);
    return shown;
  }

  /** Ends one that runs, drops one that has not begun. Answers the window as it was. */
  async end(id: string, cameras: readonly Camera[]): Promise<PlannedMaintenance> {
    const stored = this.#table.get(id);
    if (!stored)
      throw new VedetteError(
        'NOT_FOUND',
        'there is no maintenance window with this id; GET /api/vedette/fleet/maintenance lists all',
      );
    const now = this.#clock.now();
    if (Date.parse(stored.from) >= now) await this.#table.delete(id);
    else if (Date.parse(stored.to) > now) await this.#table.put(id, { ...stored, to: new Date(now).toISOString() });
    return this.#shown(stored, cameras);
  }

  #read(body: unknown) {
    const invalid = (message: string): VedetteError => new VedetteError('CAMERA_INVALID', message);
    if (!isMapping(body))
      throw invalid('the body must be {"cameras": {"site": "north"}, "duration": "2h", "reason": "…"}');
    const { from, to, duration, reason } = body as MaintenancePlan & Readonly<Record<string, unknown>>;
    const selection = selectionOf(body['cameras']);
    const fromMs =
      from === undefined ? (this.#clock.now() as number) : typeof from === 'string' ? instantOf(from) : undefined;
    if (fromMs === undefined) throw invalid('"from" must be a time such as 2026-03-01T22:00:00Z');
    const lengthMs = typeof duration === 'string' ? parseDuration(duration) : undefined;
    const toMs = lengthMs === undefined ? (typeof to === 'string' ? instantOf(to) : undefined) : fromMs + lengthMs;
    if (toMs === undefined || toMs <= fromMs)
      throw invalid('give "to" after "from", such as 2026-03-02T04:00:00Z, or "duration" such as 2h');
    if (reason !== undefined && (typeof reason !== 'string' || reason.length > TEXT_LENGTH_MAX))
      throw invalid(`"reason" must be a text of at most ${TEXT_LENGTH_MAX} characters`);
    return { selection, from: fromMs, to: toMs, reason };
  }

  #shown(stored: Stored, cameras: readonly Camera[]): PlannedMaintenance {
    const now = this.#clock.now();
    const state = Date.parse(stored.from) > now ? 'pending' : Date.parse(stored.to) > now ? 'active' : 'ended';
    let count = 0;
    for (const camera of cameras) if (this.#covers(stored.id, stored.cameras, camera)) count++;
    return { ...stored, count, state };
  }

  #covers(id: string, selection: CameraSelection, camera: Camera): boolean {
    if (selection.ids === undefined) return selects(selection, camera);
    let ids = this.#ids.get(id);
    if (ids === undefined) {
      ids = new Set(selection.ids);
      this.#ids.set(id, ids);
    }
    return ids.has(camera.id) && selects(selection, camera);
  }

  async #makeRoom(): Promise<void> {
    const all = [...this.#table.entries()];
    if (all.length < PLANNED_MAINTENANCE_MAX) return;
    const ended = all
      .filter(([, { to }]) => Date.parse(to) <= this.#clock.now())
      .sort(([, one], [, other]) => Date.parse(one.to) - Date.parse(other.to));
    const [oldest] = ended;
    if (oldest === undefined)
      throw new VedetteError(
        'CAMERA_INVALID',
        `${PLANNED_MAINTENANCE_MAX} maintenance windows are planned already; end some first`,
      );
    this.#ids.delete(oldest[0]);
    await this.#table.delete(oldest[0]);
  }
}

/** Throws CAMERA_INVALID. */
export function selectionOf(raw: unknown): CameraSelection {
  const invalid = (): VedetteError =>
    new VedetteError(
      'CAMERA_INVALID',
      `"cameras" must name ids, or one of ${SELECTABLE.join(', ')}: {"site": "north"}`,
    );
  if (!isMapping(raw)) throw invalid();
  const selection: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'ids') {
      if (
        !Array.isArray(value) ||
        value.length === 0 ||
        value.length > CAMERAS_MAX ||
        value.some((id) => typeof id !== 'string')
      )
        throw invalid();
      selection[key] = value;
    } else if (
      (SELECTABLE as readonly string[]).includes(key) &&
      typeof value === 'string' &&
      value.length <= TEXT_LENGTH_MAX
    )
      selection[key] = value;
    else throw invalid();
  }
  if (Object.keys(selection).length === 0) throw invalid();
  return selection as CameraSelection;
}

/** All parts but `ids`. */
function selects(selection: CameraSelection, camera: Camera): boolean {
  return SELECTABLE.every((key) => selection[key] === undefined || camera[key] === selection[key]);
}

export function selected(selection: CameraSelection, cameras: readonly Camera[]): readonly Camera[] {
  const ids = selection.ids && new Set(selection.ids);
  return cameras.filter((camera) => (ids === undefined || ids.has(camera.id)) && selects(selection, camera));
}

function parsed(json: unknown): Stored | undefined {
  if (!isMapping(json)) return undefined;
  const { id, from, to, cameras, by } = json;
  if (
    typeof id !== 'string' ||
    typeof from !== 'string' ||
    typeof to !== 'string' ||
    typeof by !== 'string' ||
    !isMapping(cameras)
  )
    return undefined;
  return json as unknown as Stored;
}
