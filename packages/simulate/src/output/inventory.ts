import type { Camera, CameraStream } from '@vedette/wire/http';
import { CAMERA_USERNAME } from '../fleet/camera-streams.ts';
import type { FleetPlan, PlannedCamera } from '../fleet/plan.ts';

export interface CameraAddresses {
  /** `http://127.0.0.1:9641` */
  readonly http: string;
  /** Of the camera: one port for all, or one each. */
  rtsp(camera: PlannedCamera): string;
}

export type InventoryCamera = Omit<Camera, 'source'>;

/** The fleet as an inventory has it. `passwordFile` is relative to the inventory's file. */
export function inventoryOf(
  plan: FleetPlan,
  addresses: CameraAddresses,
  passwordFile: string,
): { readonly cameras: readonly InventoryCamera[] } {
  return { cameras: plan.cameras.map((camera) => inventoryCamera(camera, addresses, passwordFile)) };
}

function inventoryCamera(camera: PlannedCamera, addresses: CameraAddresses, passwordFile: string): InventoryCamera {
  const http = `${addresses.http}/${camera.id}`;
  const main: Readonly<Record<PlannedCamera['protocol'], CameraStream>> = {
    rtsp: { url: `${addresses.rtsp(camera)}/${camera.id}/main`, transport: camera.index % 5 === 2 ? 'udp' : 'tcp' },
    hls: { url: `${http}/hls/index.m3u8` },
    mjpeg: { url: `${http}/mjpeg` },
  };
  const size = camera.protocol === 'mjpeg' ? { width: 640, height: 360 } : { width: 1280, height: 720 };
  return {
    id: camera.id,
    name: camera.name,
    site: camera.site,
    recorder: camera.recorder,
    switch: camera.switch,
    port: camera.port,
    class: camera.class,
    model: camera.model.name,
    owner: camera.owner,
    expected: {
      frames_per_second: camera.framesPerSecond,
      ...size,
      codec: camera.protocol === 'mjpeg' ? 'mjpeg' : camera.model.codec,
      ...(camera.protocol === 'mjpeg' ? {} : { keyframe_interval_seconds: 2 }),
    },
    streams: {
      main: main[camera.protocol],
      ...(camera.protocol === 'rtsp' ? { sub: { url: `${addresses.rtsp(camera)}/${camera.id}/sub` } } : {}),
      snapshot: { url: `${http}/snapshot.jpg` },
      onvif: { url: `${http}/onvif/device_service` },
    },
    ...(camera.model.auth === 'none'
      ? {}
      : { credentials: { username: CAMERA_USERNAME, password_file: passwordFile } }),
    coordinates: camera.coordinates,
    plan: camera.plan,
    labels: { model_name: 'vehicle-detector' },
    // Whatever a recorder's import makes of addresses on its own machine.
    probe: true,
  };
}
