import type { Camera, CameraCreate } from '@vedette/wire/http';
import { scheduleWords } from './schedule-words.ts';

/** The form's texts; '' is a field that is not set. */
export interface CameraDraft {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly recorder: string;
  readonly switch: string;
  readonly port: string;
  readonly class: string;
  readonly model: string;
  readonly owner: string;
  readonly framesPerSecond: string;
  readonly width: string;
  readonly height: string;
  readonly codec: string;
  readonly keyframeSeconds: string;
  readonly main: string;
  readonly mainTransport: string;
  readonly sub: string;
  readonly snapshot: string;
  readonly onvif: string;
  readonly username: string;
  readonly passwordEnv: string;
  readonly passwordFile: string;
  readonly latitude: string;
  readonly longitude: string;
  /** In short, or JSON; see schedule-words.ts. */
  readonly schedule: string;
  readonly probe: 'yes' | 'no';
}

const text = (value: string | number | undefined): string => (value === undefined ? '' : String(value));

export function draftOf(camera: Camera | undefined): CameraDraft {
  const { expected, streams, credentials, coordinates } = camera ?? {};
  return {
    id: text(camera?.id),
    name: text(camera?.name),
    site: text(camera?.site),
    recorder: text(camera?.recorder),
    switch: text(camera?.switch),
    port: text(camera?.port),
    class: text(camera?.class),
    model: text(camera?.model),
    owner: text(camera?.owner),
    framesPerSecond: text(expected?.frames_per_second),
    width: text(expected?.width),
    height: text(expected?.height),
    codec: text(expected?.codec),
    keyframeSeconds: text(expected?.keyframe_interval_seconds),
    main: text(streams?.main?.url),
    mainTransport: text(streams?.main?.transport),
    sub: text(streams?.sub?.url),
    snapshot: text(streams?.snapshot?.url),
    onvif: text(streams?.onvif?.url),
    username: text(credentials?.username),
    passwordEnv: text(credentials?.password_env),
    passwordFile: text(credentials?.password_file),
    latitude: text(coordinates?.latitude),
    longitude: text(coordinates?.longitude),
    schedule: scheduleWords(camera?.schedule),
    probe: camera?.probe === false ? 'no' : 'yes',
  };
}

/** Which field of the inventory an entry of the form is; what an inventory file says of it cannot be changed here. */
export const FIELD_OF: Readonly<Record<keyof CameraDraft, string>> = {
  id: 'id',
  name: 'name',
  site: 'site',
  recorder: 'recorder',
  switch: 'switch',
  port: 'port',
  class: 'class',
  model: 'model',
  owner: 'owner',
  framesPerSecond: 'expected.frames_per_second',
  width: 'expected.width',
  height: 'expected.height',
  codec: 'expected.codec',
  keyframeSeconds: 'expected.keyframe_interval_seconds',
  main: 'streams.main',
  mainTransport: 'streams.main',
  sub: 'streams.sub',
  snapshot: 'streams.snapshot',
  onvif: 'streams.onvif',
  username: 'credentials',
  passwordEnv: 'credentials',
  passwordFile: 'credentials',
  latitude: 'coordinates',
  longitude: 'coordinates',
  schedule: 'schedule',
  probe: 'probe',
};

/** What is wrong with the form, by entry; the server checks the rest. */
export function faultsOf(draft: CameraDraft): Readonly<Partial<Record<keyof CameraDraft, string>>> {
  const faults: Partial<Record<keyof CameraDraft, string>> = {};
  if (draft.id.trim() === '') faults.id = 'Give it an id; it is the camera_id of every series';
  for (const key of ['framesPerSecond', 'width', 'height', 'keyframeSeconds'] as const)
    if (draft[key].trim() !== '' && !(Number(draft[key]) > 0)) faults[key] = 'Write a number above 0';
  for (const key of ['latitude', 'longitude'] as const)
    if (draft[key].trim() !== '' && !Number.isFinite(Number(draft[key])))
      faults[key] = 'Write degrees, such as 53.5461';
  if ((draft.latitude.trim() === '') !== (draft.longitude.trim() === ''))
    faults.longitude = 'Coordinates need both latitude and longitude';
  for (const key of ['main', 'sub', 'snapshot', 'onvif'] as const)
    if (hasUser(draft[key])) faults[key] = 'Take user and password out of the address; name them below by reference';
  if (draft.passwordEnv.trim() !== '' && draft.passwordFile.trim() !== '')
    faults.passwordFile = 'The password is either in a variable or in a file';
  return faults;
}

function hasUser(address: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@/i.test(address.trim());
}

/**
 * A JSON merge patch of what the form changed: null takes a field back. Addresses, credentials and coordinates are whole values, and are
 * sent whole when a part of them changed.
 */
export function patchOf(before: CameraDraft, after: CameraDraft): Readonly<Record<string, unknown>> {
  const changed = (...keys: (keyof CameraDraft)[]): boolean =>
    keys.some((key) => before[key].trim() !== after[key].trim());
  const patch: Record<string, unknown> = {};
  for (const key of SCALARS) if (changed(key)) patch[key] = orNull(after[key]);
  const expected: Record<string, unknown> = {};
  for (const [key, name] of EXPECTED) {
    if (!changed(key)) continue;
    expected[name] = key === 'codec' ? orNull(after[key]) : numberOrNull(after[key]);
  }
  const streams: Record<string, unknown> = {};
  if (changed('main', 'mainTransport'))
    streams['main'] =
      after.main.trim() === '' ? null : { url: after.main.trim(), transport: orNull(after.mainTransport) };
  for (const key of ['sub', 'snapshot', 'onvif'] as const)
    if (changed(key)) streams[key] = after[key].trim() === '' ? null : { url: after[key].trim() };
  for (const [name, group] of Object.entries({ expected, streams }))
    if (Object.keys(group).length > 0) patch[name] = group;
  if (changed('username', 'passwordEnv', 'passwordFile')) patch['credentials'] = credentialsOf(after);
  if (changed('latitude', 'longitude')) {
    patch['coordinates'] =
      after.latitude.trim() === '' ? null : { latitude: Number(after.latitude), longitude: Number(after.longitude) };
  }
  if (changed('probe')) patch['probe'] = after.probe === 'no' ? false : null;
  return patch;
}

const SCALARS = ['name', 'site', 'recorder', 'switch', 'port', 'class', 'model', 'owner', 'schedule'] as const;
const EXPECTED = [
  ['framesPerSecond', 'frames_per_second'],
  ['width', 'width'],
  ['height', 'height'],
  ['codec', 'codec'],
  ['keyframeSeconds', 'keyframe_interval_seconds'],
] as const;

const orNull = (value: string): string | null => (value.trim() === '' ? null : value.trim());
const numberOrNull = (value: string): number | null => (value.trim() === '' ? null : Number(value));

function credentialsOf(draft: CameraDraft): Readonly<Record<string, string | null>> | null {
  const parts = {
    username: orNull(draft.username),
    password_env: orNull(draft.passwordEnv),
    password_file: orNull(draft.passwordFile),
  };
  return Object.values(parts).every((part) => part === null) ? null : parts;
}

/** A new camera: the same without what is not set. */
export function cameraOf(draft: CameraDraft): CameraCreate {
  const patch = patchOf(draftOf(undefined), draft);
  return { ...(withoutNulls(patch) as Omit<CameraCreate, 'id'>), id: draft.id.trim() };
}

function withoutNulls(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([name, part]) => [name, withoutNulls(part)]),
  );
}
