import type { PictureFinding } from '../camera/picture.ts';
import { DeviceEvents } from './device-events.ts';
import { FrameWatch } from './frame-watch.ts';
import { PacketWatch } from './packet-watch.ts';
import type { PictureWatch, PictureWatchOptions } from './picture-watch-ports.ts';

const STATE_VERSION = 1;

/** Watches the pictures of one camera: by the sizes of its packets, by low-rate pictures where there are some, and by its own events. */
export function createPictureWatch(options: PictureWatchOptions): PictureWatch {
  const packets = new PacketWatch();
  /** Of a stream without pictures there is none. */
  let frames: FrameWatch | undefined;
  const withFrames = (): FrameWatch => (frames ??= new FrameWatch(options.turns ?? false));
  const device = new DeviceEvents();
  const offsetMs = (options.utcOffsetMinutes ?? 0) * 60_000;
  let newestMs = 0;
  const { state } = options;
  if (typeof state === 'object' && state !== null && 'version' in state && state.version === STATE_VERSION) {
    if ('packets' in state) packets.restore(state.packets);
    if ('frames' in state && state.frames !== undefined) withFrames().restore(state.frames);
  }
  const findings = (): readonly PictureFinding[] => [
    ...packets.findings(),
    ...(frames?.findings() ?? []),
    ...device.findings(newestMs),
  ];
  return {
    cameraId: options.cameraId,
    observeReport(report, darkAtMs) {
      const atMs = report.startedAtMs;
      newestMs = Math.max(newestMs, atMs);
      packets.observe(report, atMs, atMs + offsetMs, darkAtMs);
      return findings();
    },
    observePicture(picture, atMs) {
      newestMs = Math.max(newestMs, atMs);
      withFrames().observe(picture, atMs, atMs + offsetMs);
      return findings();
    },
    observeEvent(event) {
      newestMs = Math.max(newestMs, event.atMs);
      device.observe(event);
      return findings();
    },
    findings,
    get suspicious() {
      return packets.suspicious || frames?.suspicious === true;
    },
    get needsWindow() {
      return packets.needsWindow || (frames?.suspicious === true && !packets.suspicious);
    },
    get undecided() {
      return packets.undecided;
    },
    get settingsChanges() {
      return packets.settingsChanges;
    },
    get settingsChangedAtMs() {
      return packets.settingsChangedAtMs;
    },
    get luma() {
      return frames?.luma;
    },
    get sharpness() {
      return frames?.sharpness;
    },
    state: () => ({ version: STATE_VERSION, packets: packets.state(), frames: frames?.state() }),
  };
}
