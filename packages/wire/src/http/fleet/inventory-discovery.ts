import type { CameraCreate } from './inventory-changes.ts';
import type { CredentialsReference } from './camera.ts';

/** POST /api/vedette/fleet/discovery: starts one job (409 CAMERA_CONFLICT while one runs); 202 DiscoveryJob. */
export interface DiscoveryRequest {
  /** Asked one by one: `10.1.0.11`, `10.1.0.11:8080`, `10.1.0.0/26`, at most 1,024 addresses; absent: by multicast. */
  readonly addresses?: readonly string[];
  readonly credentials?: CredentialsReference;
  /** For what is found. */
  readonly site?: string;
}

/** GET /api/vedette/fleet/discovery: the newest job; 404 when there was none. DELETE ends it. */
export interface DiscoveryJob {
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly started_at: string;
  readonly ended_at?: string;
  readonly error?: string;
  readonly devices: readonly FoundDeviceAnswer[];
}

export interface FoundDeviceAnswer {
  /** Its ONVIF address, without user and password. */
  readonly url: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly serial?: string;
  /** Why it told less than it could. */
  readonly failure?: string;
  /** The camera of the inventory that has this address. */
  readonly camera?: string;
  /** To be sent to POST /api/vedette/fleet/cameras as it is or changed; absent when it is in the inventory. */
  readonly proposal?: CameraCreate;
}
