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
  /**
   * For one of the camera's streams, default: main. Read from environment or file at every call; undefined: none are known, or the
   * stream's address comes from a source that may not have them. Throws with a sentence that names the reference, never the secret.
   */
  credentials(camera: Camera, stream?: keyof NonNullable<Camera['streams']>): Credentials | undefined;
  /** Whether the camera is expected to run at that time (schedule), and the maintenance window that covers it. */
  expectation(camera: Camera, atMs: number): { readonly scheduled: boolean; readonly maintenance?: MaintenanceWindow };
}

/** The probing of this process, where it probes; asked by the camera page. */
export interface ProbeViews {
  /** The newest probe of the camera; undefined: it was never probed here. */
  view(cameraId: string): ProbeView | undefined;
}
/** A device that answered a search. */
export interface FoundDevice {
  /** Its ONVIF device service, without user and password. */
  readonly url: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly serial?: string;
  /** Best first; addresses as the device tells them. */
  readonly streams?: readonly FoundStream[];
  readonly snapshotUrl?: string;
  /** Why it told less than it could, without secrets. */
  readonly failure?: string;
}

export interface FoundStream {
  readonly url: string;
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly framesPerSecond?: number;
}

export interface FindRequest {
  /** `10.1.0.11` or `10.1.0.11:8080`; absent: by multicast (WS-Discovery). */
  readonly addresses?: readonly string[];
  readonly credentials?: Credentials;
}

/** Looks for ONVIF devices; ends when all were asked, or with the signal. Rejects only when it cannot search at all. */
export type FindDevices = (request: FindRequest, signal: AbortSignal) => AsyncIterable<FoundDevice>;
