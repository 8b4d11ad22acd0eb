import type { Camera, CameraSource } from './camera.ts';

/** What a person may say of a camera; absent fields are left to files and imports. */
export type CameraFields = Omit<Partial<Camera>, 'id' | 'source' | 'known_as'>;

/** POST /api/vedette/fleet/cameras: one camera. 201 CameraSaved; 400 CAMERA_INVALID; 409 CAMERA_CONFLICT when the id is taken. */
export type CameraCreate = CameraFields & { readonly id: string };

/**
 * PATCH /api/vedette/fleet/cameras/:id: JSON merge patch (RFC 7396) on what the API says of the camera; null takes a field back, so that
 * files and imports are heard again. Works for cameras of files and imports too: it adds to what they say.
 */
export interface CameraPatch {
  /** The `revision` that the change was made from; 409 CAMERA_CONFLICT when somebody was faster. Absent: no check. */
  readonly revision?: number;
  readonly set: Readonly<Record<string, unknown>>;
}

/** PATCH /api/vedette/fleet/cameras: the same change on many, all or none. Answers CamerasChanged. */
export interface CamerasPatch {
  readonly cameras: CameraSelection;
  readonly set: Readonly<Record<string, unknown>>;
}

/** Which cameras: those that all given parts hold for; at least one part. */
export interface CameraSelection {
  readonly ids?: readonly string[];
  readonly site?: string;
  readonly recorder?: string;
  readonly switch?: string;
  readonly class?: string;
  readonly owner?: string;
}

export interface CameraSaved {
  readonly entry: InventoryEntry;
  /** Fields that were saved and have no effect, because a file says otherwise. */
  readonly overruled: readonly string[];
}

export interface CamerasChanged {
  readonly changed: number;
  /** Ids of cameras for which a file says otherwise, at most 100. */
  readonly overruled: readonly string[];
}

/** GET /api/vedette/fleet/inventory/cameras/:id: a camera, and who says what of it. DELETE /api/vedette/fleet/cameras/:id?revision= ends it. */
export interface InventoryEntry {
  readonly camera: Camera;
  /** Of what the API says; 0 when it says nothing. */
  readonly revision: number;
  /** What the API says, whether it counts or not. */
  readonly api?: CameraFields;
  readonly changed?: { readonly at: string; readonly by: string };
  /** Field (`site`, `expected.width`, `streams.main`, `labels.lane`) → who says it and where. */
  readonly fields: Readonly<Record<string, { readonly source: CameraSource; readonly place: string }>>;
  /** Why it cannot be deleted here; absent when it can. */
  readonly kept_by?: string;
}

/** POST /api/vedette/fleet/inventory/upload?dry_run=true, a CSV or YAML file as the body: cameras that the API says from then on. */
export interface InventoryUploaded {
  readonly dry_run: boolean;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows that were left out. */
  readonly problems: readonly InventoryProblem[];
}

/** GET /api/vedette/fleet/inventory/problems */
export interface InventoryProblemsAnswer {
  /** At most 500. */
  readonly problems: readonly InventoryProblem[];
  readonly total: number;
}

export interface InventoryProblem {
  /** A file, or `import <name>`. */
  readonly place: string;
  /** 1-based; 0 where there are no lines. */
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
  /** When it belongs to one. */
  readonly camera?: string;
}

/** GET /api/vedette/fleet/inventory/history?camera=&limit=: newest first. */
export interface InventoryHistoryAnswer {
  readonly entries: readonly InventoryHistoryEntry[];
}

export interface InventoryHistoryEntry {
  readonly at: string;
  /** Who is signed in, `anonymous` without users, else `files`, `import <name>` or `configuration`. */
  readonly by: string;
  readonly action: 'added' | 'changed' | 'deleted' | 'gone' | 'returned' | 'uploaded' | 'maintenance' | 'plan';
  /** How many cameras. */
  readonly count: number;
  /** At most 50 of them. */
  readonly cameras: readonly string[];
  /** Of one camera: what was otherwise before. */
  readonly changes?: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
  readonly note?: string;
}
