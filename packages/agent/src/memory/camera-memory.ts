/** What was learned of cameras before this process began; asked once for each camera, when it is first looked at. */
export interface CameraMemory {
  /** JSON as `CameraWatch` wrote it; undefined: nothing is known. It is handed out once. */
  take(cameraId: string): unknown;
}

/** One camera's part of the file. */
export interface RememberedCamera {
  readonly cameraId: string;
  /** For JSON. */
  readonly state: unknown;
}
