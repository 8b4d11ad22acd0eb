import type { CameraFields } from '@vedette/wire/http';

/** A camera as a server lists it. */
export interface ImportedCamera {
  /** Its name there. */
  readonly name: string;
  readonly fields: CameraFields;
  /** What stood in its addresses; kept in memory only. */
  readonly told?: { readonly username: string; readonly password: string };
  /** It is there, and the server could not say more at the moment: what was known stays. */
  readonly isBusy?: true;
  /** Other names there for the same camera, such as that of its sub stream. */
  readonly alsoCalled?: readonly string[];
}

export interface ListedCameras {
  readonly cameras: readonly ImportedCamera[];
  /** What could not be taken, in words without secrets. */
  readonly notes: readonly string[];
}
