/** /api/vedette/fleet/cameras: the inventory. */

export type CameraSource = 'file' | 'api' | 'frigate' | 'mediamtx' | 'go2rtc' | 'onvif' | 'simulation';

export interface CameraStream {
  /** rtsp, rtsps, http or https, without user and password. */
  readonly url: string;
  readonly transport?: 'tcp' | 'udp';
  readonly insecure_tls?: boolean;
}

/** Where a secret is, never the secret. */
export interface CredentialsReference {
  /** A user name is no secret; absent: it comes with the password, as `user:password`. */
  readonly username?: string;
  /** Exactly one of these. */
  readonly password_env?: string;
  readonly password_file?: string;
  /** Instead of a reference: the recorder that the camera was imported from told the password; it is kept in memory only. */
  readonly in_memory?: boolean;
}

/** A camera as the inventory says it should be. Ids are unique and stable; they are the `camera_id` of every series. */
export interface Camera {
  readonly id: string;
  readonly name?: string;
  readonly site?: string;
  readonly recorder?: string;
  readonly switch?: string;
  readonly port?: string;
  /** Hysteresis and thresholds go by class: `evidence`, `traffic`, `indoor`, or one of your own. */
  readonly class?: string;
  readonly model?: string;
  readonly owner?: string;
  readonly expected?: {
    readonly frames_per_second?: number;
    readonly width?: number;
    readonly height?: number;
    readonly codec?: string;
    readonly keyframe_interval_seconds?: number;
  };
  readonly streams?: {
    readonly main?: CameraStream;
    readonly sub?: CameraStream;
    readonly snapshot?: CameraStream;
    readonly onvif?: CameraStream;
  };
  readonly credentials?: CredentialsReference;
  /** Degrees. */
  readonly coordinates?: { readonly latitude: number; readonly longitude: number };
  /** On the picture of a site's plan: 0 to 1 from its left upper corner. */
  readonly plan?: { readonly x: number; readonly y: number };
  /** When it is expected to run; absent: always. In the fields of Alertmanager's time intervals. */
  readonly schedule?: readonly unknown[];
  readonly maintenance?: readonly MaintenanceWindow[];
  /** Further labels of `camera_info`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Who says so; where sources disagree the earlier of file, api, imports wins, field by field. */
  readonly source: CameraSource;
  /** False: known, and not probed (health then comes from what its recorder says). */
  readonly probe?: boolean;
  /** How recorders call it, for cameras that imports know. */
  readonly known_as?: readonly KnownAs[];
}

/** A camera as an import knows it. */
export interface KnownAs {
  /** Name of the import in the configuration. */
  readonly import: string;
  readonly kind: 'frigate' | 'mediamtx' | 'go2rtc';
  /** Camera, path or stream there. */
  readonly name: string;
  /** RFC 3339; the import does not list it any more since then. A camera that nobody else knows stays until somebody deletes it. */
  readonly gone_since?: string;
}

export interface MaintenanceWindow {
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  /** Of a window that was planned over the API, for several cameras at once; see inventory-maintenance.ts. */
  readonly id?: string;
}

export interface CamerasAnswer {
  readonly cameras: readonly Camera[];
  /** Of the whole inventory, before `limit`. */
  readonly total: number;
  /** What is wrong with the inventory: duplicates, unknown switches, files that could not be read; place and remedy in words. */
  readonly problems: readonly string[];
}
