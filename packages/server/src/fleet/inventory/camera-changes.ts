import type {
  CameraSaved,
  CamerasChanged,
  InventoryEntry,
  InventoryUploaded,
  PlannedMaintenance,
  SitePlan,
} from '@vedette/wire/http';
import { VedetteError } from '../../base/errors.ts';
import type { ApiCameras } from './api-cameras.ts';
import { fieldsOfBody, idOfBody, patched } from './camera-body.ts';
import type { ReadContext } from './written-value.ts';
import { type Fields, fieldChanges, flat, sameFields } from './fields.ts';
import type { InventoryHistory } from './history.ts';
import type { ImportedCameras } from './imports/imported-cameras.ts';
import { CAMERAS_MAX } from './limits.ts';
import type { MergedCamera, MergedCameras } from './merged.ts';
import { type PlannedMaintenances, selected, selectionOf } from './planned-maintenance.ts';
import type { ReadInventory } from './read-inventory.ts';

export interface CameraChangesDeps {
  readonly api: ApiCameras;
  readonly imported: ImportedCameras;
  readonly planned: PlannedMaintenances;
  readonly history: InventoryHistory;
  readonly merged: MergedCameras;
}

/** Ids that an answer names. */
const OVERRULED_MAX = 100;

/** What people change over the API: checked as a whole, durable, remembered with who did it. One change at a time. */
export class CameraChanges {
  readonly #deps: CameraChangesDeps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: CameraChangesDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND. */
  entry(id: string): InventoryEntry {
    const { merged, api } = this.#deps;
    const found = merged.get(id);
    if (!found) throw noCamera(id);
    const stored = api.get(id);
    const kept = this.#keptBy(found);
    const said = new Set(found.said.flatMap(({ fields }) => Object.keys(fields)));
    return {
      camera: found.camera,
      revision: stored?.revision ?? 0,
      ...(stored === undefined ? {} : { api: stored.fields, changed: { at: stored.at, by: stored.by } }),
      fields: Object.fromEntries(
        [...said].sort().map((field) => {
          const origin = found.origin(field);
          return [field, { source: origin?.source ?? found.camera.source, place: origin?.place ?? '' }];
        }),
      ),
      ...(kept === undefined ? {} : { kept_by: kept }),
    };
  }

  /** Throws CAMERA_INVALID, CAMERA_CONFLICT. */
  create(body: unknown, context: ReadContext, by: string): Promise<CameraSaved> {
    return this.#inTurn(async () => {
      const id = idOfBody(body);
      const fields = fieldsOfBody(body, context);
      if (this.#deps.merged.get(id))
        throw new VedetteError(
          'CAMERA_CONFLICT',
          `there is a camera "${id}" already; change it with PATCH, or choose another id`,
        );
      if (this.#deps.merged.cameras().length >= CAMERAS_MAX)
        throw new VedetteError('CAMERA_INVALID', `the inventory holds at most ${CAMERAS_MAX} cameras`);
      await this.#put(new Map([[id, fields]]), by);
      await this.#deps.history.remember({ by, action: 'added', cameras: [id] });
      return this.#saved(id);
    });
  }

  /** Throws NOT_FOUND, CAMERA_INVALID, CAMERA_CONFLICT. */
  patch(id: string, body: unknown, context: ReadContext, by: string): Promise<CameraSaved> {
    return this.#inTurn(async () => {
      const { merged, api, history } = this.#deps;
      if (!merged.get(id)) throw noCamera(id);
      const { revision, set } = (typeof body === 'object' && body !== null ? body : {}) as {
        readonly revision?: unknown;
        readonly set?: unknown;
      };
      if (revision !== undefined && typeof revision !== 'number')
        throw new VedetteError('CAMERA_INVALID', '"revision" must be the number that was answered');
      api.check(id, revision);
      const before = api.fields(id);
      const after = patched(before, set, context);
      const changes = fieldChanges(before, after);
      if (changes.length > 0) {
        await this.#put(new Map([[id, after]]), by);
        await history.remember({ by, action: 'changed', cameras: [id], changes });
      }
      return this.#saved(id);
    });
  }

  /** The same change on all that are selected, or on none. */
  patchMany(body: unknown, context: ReadContext, by: string): Promise<CamerasChanged> {
    return this.#inTurn(async () => {
      const { merged, api, history } = this.#deps;
      const { cameras: written, set } = (typeof body === 'object' && body !== null ? body : {}) as {
        readonly cameras?: unknown;
        readonly set?: unknown;
      };
      const cameras = selected(selectionOf(written), merged.cameras());
      const puts = new Map<string, Fields>();
      for (const { id } of cameras) {
        const before = api.fields(id);
        const after = patched(before, set, context);
        if (!sameFields(before, after)) puts.set(id, after);
      }
      if (puts.size > 0) {
        await this.#put(puts, by);
        const fields = Object.keys(set as object)
          .join(', ')
          .slice(0, 200);
        await history.remember({ by, action: 'changed', cameras: [...puts.keys()], note: fields });
      }
      return {
        changed: puts.size,
        overruled: cameras
          .map(({ id }) => id)
          .filter((id) => this.#overruled(id).length > 0)
          .slice(0, OVERRULED_MAX),
      };
    });
  }

  /** Throws NOT_FOUND, CAMERA_CONFLICT; CAMERA_INVALID when a file or an import says it. */
  delete(id: string, revision: number | undefined, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { merged, api, imported, history } = this.#deps;
      const found = merged.get(id);
      if (!found) throw noCamera(id);
      api.check(id, revision);
      const kept = this.#keptBy(found);
      if (kept !== undefined)
        throw new VedetteError('CAMERA_INVALID', `camera "${id}" cannot be deleted here: ${kept}`);
      await api.delete(id);
      await imported.forget(id);
      merged.update([id]);
      await history.remember({ by, action: 'deleted', cameras: [id] });
    });
  }

  /** What a file would say, as words of the API. Rows that are faulty are left out and told. */
  upload(read: ReadInventory, dryRun: boolean, by: string): Promise<InventoryUploaded> {
    return this.#inTurn(async () => {
      const { merged, api, history } = this.#deps;
      const puts = new Map<string, Fields>();
      const problems = [...read.problems];
      let added = 0;
      let changed = 0;
      let unchanged = 0;
      const seen = new Set<string>();
      for (const { id, fields, place } of read.entries) {
        if (seen.has(id)) {
          problems.push({
            place,
            line: 0,
            message: 'another row has this id; this one is left out',
            remedy: 'give it another id',
            camera: id,
          });
          continue;
        }
        seen.add(id);
        const after = { ...api.fields(id), ...fields };
        if (!merged.get(id)) added++;
        else if (sameFields(api.fields(id), after)) {
          unchanged++;
          continue;
        } else changed++;
        puts.set(id, after);
      }
      if (merged.cameras().length + added > CAMERAS_MAX)
        throw new VedetteError('CAMERA_INVALID', `with these there would be more than ${CAMERAS_MAX} cameras`);
      if (!dryRun && puts.size > 0) {
        await this.#put(puts, by);
        await history.remember({
          by,
          action: 'uploaded',
          cameras: [...puts.keys()],
          note: `${added} added, ${changed} changed`,
        });
      }
      return { dry_run: dryRun, added, changed, unchanged, problems };
    });
  }

  planMaintenance(body: unknown, by: string): Promise<PlannedMaintenance> {
    return this.#inTurn(async () => {
      const { planned, merged, history } = this.#deps;
      const window = await planned.plan(body, by, merged.cameras());
      const cameras = selected(window.cameras, merged.cameras()).map(({ id }) => id);
      merged.update(cameras);
      await history.remember({ by, action: 'maintenance', cameras, note: `planned ${window.from} to ${window.to}` });
      return window;
    });
  }

  endMaintenance(id: string, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { planned, merged, history } = this.#deps;
      const window = await planned.end(id, merged.cameras());
      const cameras = selected(window.cameras, merged.cameras()).map((camera) => camera.id);
      merged.update(cameras);
      await history.remember({ by, action: 'maintenance', cameras, note: 'ended' });
    });
  }

  rememberPlan({ site }: Pick<SitePlan, 'site'>, by: string, note: string): Promise<void> {
    return this.#deps.history.remember({ by, action: 'plan', cameras: [], note: `${note} ${site}`.slice(0, 200) });
  }

  async #put(puts: ReadonlyMap<string, Fields>, by: string): Promise<void> {
    await this.#deps.api.put(puts, by);
    this.#deps.merged.update(puts.keys());
  }

  #saved(id: string): CameraSaved {
    return { entry: this.entry(id), overruled: this.#overruled(id) };
  }

  /** Fields of the API for which a stronger source says something else. */
  #overruled(id: string): readonly string[] {
    const found = this.#deps.merged.get(id);
    const own = this.#deps.api.fields(id);
    const counting = found === undefined ? {} : flat(found.camera);
    return Object.keys(own).filter(
      (field) =>
        field !== 'maintenance' &&
        found?.origin(field)?.source !== 'api' &&
        JSON.stringify(counting[field]) !== JSON.stringify(own[field]),
    );
  }

  #keptBy({ camera, said }: MergedCamera): string | undefined {
    const file = said.find(({ source }) => source === 'file');
    if (file) return `it stands in ${file.place}; take it out there`;
    const listed = this.#deps.imported.listedBy(camera.id);
    if (listed)
      return `the import ${listed.import} lists it as "${listed.name}"; remove it there, or add the name to "ignore" of the import`;
    return said.some(({ source }) => source === 'simulation') ? 'it belongs to the simulation' : undefined;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#last.then(change, change);
    this.#last = run.catch(() => undefined);
    return run;
  }
}

function noCamera(id: string): VedetteError {
  return new VedetteError(
    'NOT_FOUND',
    `there is no camera "${id.slice(0, 100)}"; GET /api/vedette/fleet/cameras lists all`,
  );
}
