import { count, entries, field, figure, shortText } from '../../source/bounded-json.ts';
import { CAMERAS_PER_SERVER_MAX } from '../../source/camera-names.ts';
import { SourceFault } from '../../source/source-fault.ts';

/** What Frigate was told to do with one camera. Addresses of streams are not taken over: they hold passwords. */
export interface FrigateCameraConfig {
  readonly name: string;
  readonly enabled: boolean;
  readonly recording: boolean;
  /** How long recordings of every minute are to be kept, whatever happens in them; absent when only events are kept. */
  readonly retentionDays?: number;
  /** Frames a second asked for the detect stream. */
  readonly detectFps?: number;
}

/** `/api/config`. Throws SourceFault `protocol` when there are no cameras in it. */
export function readFrigateConfig(answer: unknown, what: string): readonly FrigateCameraConfig[] {
  const cameras = field(answer, 'cameras');
  if (typeof cameras !== 'object' || cameras === null)
    throw new SourceFault('protocol', `${what}: no cameras in it: not Frigate's configuration`);
  const found: FrigateCameraConfig[] = [];
  for (const [name, camera] of entries(cameras, CAMERAS_PER_SERVER_MAX)) {
    if (shortText(name) === undefined) continue;
    const record = field(camera, 'record');
    // `continuous` since 0.17.
    const days = figure(field(field(record, 'continuous'), 'days')) ?? figure(field(field(record, 'retain'), 'days'));
    const detectFps = count(field(field(camera, 'detect'), 'fps'));
    found.push({
      name,
      // Older ones have no such key: a camera that is there is enabled.
      enabled: field(camera, 'enabled') !== false,
      recording: field(record, 'enabled') === true,
      ...(days === undefined || days <= 0 ? {} : { retentionDays: days }),
      ...(detectFps === undefined || detectFps === 0 ? {} : { detectFps }),
    });
  }
  return found;
}
