import type { AuthScheme } from '../auth/gate.ts';
import type { VideoCodec } from '../clip/nal-units.ts';
import { Random, hashText, noiseAt } from '../random.ts';

/** Every camera can be read in all three ways; this is the one that the inventory names. */
export type MainProtocol = 'rtsp' | 'hls' | 'mjpeg';
export type CameraClass = 'evidence' | 'traffic' | 'indoor';

/** A kind of camera that one could buy; names are invented. */
export interface CameraModel {
  readonly name: string;
  readonly manufacturer: string;
  readonly product: string;
  readonly codec: VideoCodec;
  readonly auth: AuthScheme;
  readonly sessionsMax: number;
}

export interface PlannedCamera {
  readonly id: string;
  /** From 0, in order of ids. */
  readonly index: number;
  readonly name: string;
  readonly site: string;
  readonly switch: string;
  readonly port: string;
  readonly recorder: string;
  readonly class: CameraClass;
  readonly owner: string;
  readonly model: CameraModel;
  readonly protocol: MainProtocol;
  readonly framesPerSecond: number;
  readonly coordinates: { readonly latitude: number; readonly longitude: number };
  readonly plan: { readonly x: number; readonly y: number };
  /** A number of its own, for phases and noise. */
  readonly seed: number;
}

export type RecorderKind = 'recording-node' | 'frigate' | 'mediamtx';

export interface PlannedRecorder {
  readonly name: string;
  readonly kind: RecorderKind;
  readonly site: string;
  readonly cameras: readonly PlannedCamera[];
}

export interface FleetPlan {
  readonly seed: number;
  readonly cameras: readonly PlannedCamera[];
  readonly recorders: readonly PlannedRecorder[];
  readonly switches: readonly {
    readonly name: string;
    readonly site: string;
    readonly cameras: readonly PlannedCamera[];
  }[];
  readonly sites: readonly string[];
}

export const CAMERAS_MAX = 10_000;
/** Of an MJPEG stream over HTTP. */
export const MJPEG_FRAMES_PER_SECOND = 5;

const MODELS: readonly CameraModel[] = [
  {
    name: 'Lynx D4',
    manufacturer: 'Lynx Optics',
    product: 'Lynx RTSP 2.1',
    codec: 'h264',
    auth: 'digest-md5',
    sessionsMax: 6,
  },
  {
    name: 'Argus B2',
    manufacturer: 'Argus Vision',
    product: 'Argus Streaming/4.8',
    codec: 'h265',
    auth: 'digest-sha256',
    sessionsMax: 10,
  },
  {
    name: 'Corvid P1',
    manufacturer: 'Corvid',
    product: 'Corvid media server',
    codec: 'h264',
    auth: 'basic',
    sessionsMax: 4,
  },
  {
    name: 'Heron T8',
    manufacturer: 'Heron Traffic',
    product: 'HeronCam/8',
    codec: 'h265',
    auth: 'digest-md5',
    sessionsMax: 8,
  },
  { name: 'Finch Mini', manufacturer: 'Finch', product: 'finchd', codec: 'h264', auth: 'none', sessionsMax: 5 },
];
const PLACES = [
  'harbour',
  'ring-road',
  'central-station',
  'airport',
  'old-town',
  'stadium',
  'north-tunnel',
  'logistics-park',
  'university',
  'hospital',
  'west-bridge',
  'fairground',
  'market-hall',
  'east-junction',
  'south-depot',
  'riverside',
];
const SPOTS = [
  'gate',
  'lane',
  'entrance',
  'platform',
  'crossing',
  'ramp',
  'car park',
  'stairs',
  'fence',
  'loading bay',
];
const OWNERS = ['city-traffic', 'facility', 'security'];
/** Around this point, a few kilometres apart; the coordinates of nobody in particular. */
const CENTRE = { latitude: 50.94, longitude: 6.96 };
const CAMERAS_PER_SITE_MAX = 64;
const CAMERAS_PER_SWITCH_MAX = 40;
const CAMERAS_PER_RECORDER_MAX = 64;

/** The whole fleet for a number of cameras; the same for the same seed. Throws RangeError for a count that is out of bounds. */
export function planFleet(count: number, seed: number): FleetPlan {
  if (!Number.isInteger(count) || count < 1 || count > CAMERAS_MAX) {
    throw new RangeError(`a fleet has 1 to ${CAMERAS_MAX} cameras, not ${count}`);
  }
  const siteCount = Math.max(Math.ceil(count / CAMERAS_PER_SITE_MAX), Math.min(3, count));
  const sites = Array.from({ length: siteCount }, (_, i) => {
    const round = Math.floor(i / PLACES.length);
    return `${PLACES[i % PLACES.length] ?? 'site'}${round === 0 ? '' : `-${round + 1}`}`;
  });
  const cameras: PlannedCamera[] = [];
  let switchNumber = 0;
  let recorderNumber = 0;
  for (const [siteIndex, site] of sites.entries()) {
    // Cameras go round in turns of sizes that differ a little, as sites do.
    const first = Math.round((count * siteIndex) / siteCount);
    const size = Math.round((count * (siteIndex + 1)) / siteCount) - first;
    const switches = Math.max(Math.ceil(size / CAMERAS_PER_SWITCH_MAX), size >= 8 ? 2 : 1);
    const recorders = Math.ceil(size / CAMERAS_PER_RECORDER_MAX);
    for (let i = 0; i < size; i++) {
      const switchHere = Math.floor((i * switches) / size);
      const port = i - Math.ceil((switchHere * size) / switches);
      cameras.push(
        planCamera(first + i, seed, {
          site,
          siteIndex,
          switch: `SW-${switchNumber + switchHere + 1}`,
          port: `ge-0/${port + 1}`,
          recorder: recorderName(recorderNumber + Math.floor((i * recorders) / size)),
        }),
      );
    }
    switchNumber += switches;
    recorderNumber += recorders;
  }
  return {
    seed,
    cameras,
    sites,
    recorders: group(cameras, (camera) => camera.recorder).map(([name, members]) => ({
      name,
      kind: name.startsWith('frigate') ? 'frigate' : name.startsWith('mediamtx') ? 'mediamtx' : 'recording-node',
      site: members[0]?.site ?? '',
      cameras: members,
    })),
    switches: group(cameras, (camera) => camera.switch).map(([name, members]) => ({
      name,
      site: members[0]?.site ?? '',
      cameras: members,
    })),
  };
}

/** The second recorder is a Frigate, the third a MediaMTX, all others recording nodes. */
function recorderName(index: number): string {
  if (index === 1) return 'frigate-1';
  if (index === 2) return 'mediamtx-1';
  return `recording-node-${index === 0 ? 1 : index - 1}`;
}

function planCamera(
  index: number,
  seed: number,
  place: { site: string; siteIndex: number; switch: string; port: string; recorder: string },
): PlannedCamera {
  const id = `cam-${String(index + 1).padStart(4, '0')}`;
  const own = hashText(id, seed);
  const random = new Random(own);
  const model = MODELS[random.below(MODELS.length)] ?? (MODELS[0] as CameraModel);
  const angle = noiseAt(hashText(place.site, seed), 1) * 2 * Math.PI;
  const away = 0.01 + 0.004 * place.siteIndex;
  const protocol: MainProtocol = index % 10 === 6 ? 'hls' : index % 10 === 8 ? 'mjpeg' : 'rtsp';
  const classes: readonly CameraClass[] = ['traffic', 'traffic', 'evidence', 'indoor'];
  return {
    id,
    index,
    name: `${place.site.replaceAll('-', ' ')} ${SPOTS[random.below(SPOTS.length)] ?? 'spot'} ${(index % 20) + 1}`,
    site: place.site,
    switch: place.switch,
    port: place.port,
    recorder: place.recorder,
    class: classOf(protocol, classes[random.below(classes.length)] ?? 'traffic'),
    owner: OWNERS[random.below(OWNERS.length)] ?? 'facility',
    model,
    protocol,
    framesPerSecond: protocol === 'mjpeg' ? MJPEG_FRAMES_PER_SECOND : 25,
    coordinates: {
      latitude: round(CENTRE.latitude + away * Math.sin(angle) + random.between(-0.002, 0.002)),
      longitude: round(CENTRE.longitude + 1.6 * away * Math.cos(angle) + random.between(-0.003, 0.003)),
    },
    plan: { x: round(random.between(0.05, 0.95)), y: round(random.between(0.05, 0.95)) },
    seed: own,
  };
}

/** Evidence wants the right time, which only RTCP tells to the millisecond. */
function classOf(protocol: MainProtocol, drawn: CameraClass): CameraClass {
  return drawn === 'evidence' && protocol !== 'rtsp' ? 'traffic' : drawn;
}

const round = (value: number): number => Math.round(value * 100_000) / 100_000;

function group(
  cameras: readonly PlannedCamera[],
  key: (camera: PlannedCamera) => string,
): readonly (readonly [string, readonly PlannedCamera[]])[] {
  const groups = new Map<string, PlannedCamera[]>();
  for (const camera of cameras) {
    const members = groups.get(key(camera)) ?? [];
    members.push(camera);
    groups.set(key(camera), members);
  }
  return [...groups];
}
