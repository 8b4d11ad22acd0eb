import type { Credentials } from '@vedette/agent';
import type { Camera, MaintenanceWindow, ProbeView } from '@vedette/wire/http';

/** The cameras that are to be watched; filled by inventory/, read by everyone else. */
export interface Inventory {
  /** Rises with every change. */
  readonly version: number;
  cameras(): readonly Camera[];
  camera(id: string): Camera | undefined;
  /** Called after every change; several changes at once are one call. */
  onChange(call: () => void): Disposable;
  /** Read from environment or file at every call; undefined: none are known. Throws with a sentence that names the reference, never the secret. */
  credentials(camera: Camera): Credentials | undefined;
  /** Whether the camera is expected to run at that time (schedule), and the maintenance window that covers it. */
  expectation(camera: Camera, atMs: number): { readonly scheduled: boolean; readonly maintenance?: MaintenanceWindow };
}

/** The probing of this process, where it probes; asked by the camera page. */
export interface ProbeViews {
  /** The newest probe of the camera; undefined: it was never probed here. */
  view(cameraId: string): ProbeView | undefined;
}
