import type { PlannedStream, ProbePlan } from '@vedette/agent';
import type { Camera, CameraStream } from '@vedette/wire/http';
import type { Inventory } from '../fleet/index.ts';

/** What is to be probed of the inventory: cameras that have an address and may be probed. */
export function probePlans(inventory: Inventory): ProbePlan[] {
  const plans: ProbePlan[] = [];
  for (const camera of inventory.cameras()) {
    if (camera.probe === false || camera.streams === undefined) continue;
    const { main, sub, snapshot, onvif } = camera.streams;
    if (main === undefined && sub === undefined && snapshot === undefined && onvif === undefined) continue;
    plans.push(planOf(inventory, camera));
  }
  return plans;
}

function planOf(inventory: Inventory, camera: Camera): ProbePlan {
  const { main, sub, snapshot, onvif } = camera.streams ?? {};
  const { expected } = camera;
  return {
    cameraId: camera.id,
    streams: {
      ...(main && { main: plannedStream(main) }),
      ...(sub && { sub: plannedStream(sub) }),
      ...(snapshot && { snapshot: plannedStream(snapshot) }),
      ...(onvif && { onvif: plannedStream(onvif) }),
    },
    // Asked of the camera as it is known then.
    credentials: (stream) => inventory.credentials(inventory.camera(camera.id) ?? camera, stream),
    ...(camera.recorder === undefined ? {} : { recorder: camera.recorder }),
    ...(camera.class === undefined ? {} : { class: camera.class }),
    ...(expected && {
      expected: {
        ...(expected.frames_per_second === undefined ? {} : { framesPerSecond: expected.frames_per_second }),
        ...(expected.width === undefined ? {} : { width: expected.width }),
        ...(expected.height === undefined ? {} : { height: expected.height }),
        ...(expected.codec === undefined ? {} : { codec: expected.codec }),
        ...(expected.keyframe_interval_seconds === undefined
          ? {}
          : { keyframeIntervalSeconds: expected.keyframe_interval_seconds }),
      },
    }),
  };
}

function plannedStream({ url, transport, insecure_tls: insecureTls }: CameraStream): PlannedStream {
  return {
    url,
    ...(transport === undefined ? {} : { transport }),
    ...(insecureTls === undefined ? {} : { insecureTls }),
  };
}
