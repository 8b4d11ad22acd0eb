import type { Camera } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { cameraOf, draftOf, faultsOf, patchOf } from './camera-draft.ts';

const CAMERA: Camera = {
  id: 'gate-1',
  name: 'Gate',
  site: 'North',
  source: 'api',
  expected: { frames_per_second: 25, width: 1920, height: 1080 },
  streams: { main: { url: 'rtsp://192.0.2.17/1', transport: 'tcp' } },
  credentials: { username: 'viewer', password_env: 'CAMERA_PASSWORD' },
  coordinates: { latitude: 53.5, longitude: 9.9 },
  schedule: [{ weekdays: ['monday:friday'] }],
};
const DRAFT = draftOf(CAMERA);

describe('a patch', () => {
  it('is empty when nothing was changed', () => expect(patchOf(DRAFT, DRAFT)).toEqual({}));

  it('has what was changed only, and null for what was emptied', () => {
    expect(
      patchOf(DRAFT, {
        ...DRAFT,
        name: '',
        owner: ' Mara ',
        framesPerSecond: '12.5',
        height: '',
        schedule: 'sat 10:00-12:00',
      }),
    ).toEqual({
      name: null,
      owner: 'Mara',
      schedule: 'sat 10:00-12:00',
      expected: { frames_per_second: 12.5, height: null },
    });
  });

  it('has addresses, credentials and coordinates as a whole', () => {
    expect(
      patchOf(DRAFT, {
        ...DRAFT,
        mainTransport: 'udp',
        sub: 'rtsp://192.0.2.17/2',
        passwordEnv: '',
        passwordFile: 'gate',
      }),
    ).toEqual({
      streams: { main: { url: 'rtsp://192.0.2.17/1', transport: 'udp' }, sub: { url: 'rtsp://192.0.2.17/2' } },
      credentials: { username: 'viewer', password_env: null, password_file: 'gate' },
    });
    expect(
      patchOf(DRAFT, { ...DRAFT, main: '', username: '', passwordEnv: '', latitude: '', longitude: '', probe: 'no' }),
    ).toEqual({ streams: { main: null }, credentials: null, coordinates: null, probe: false });
  });
});

it('a new camera has no empty fields', () => {
  expect(cameraOf({ ...draftOf(undefined), id: 'a', main: 'rtsp://h/1', passwordEnv: 'CAMERA_A' })).toEqual({
    id: 'a',
    streams: { main: { url: 'rtsp://h/1' } },
    credentials: { password_env: 'CAMERA_A' },
  });
});

it('a draft says what is wrong with it, a password in an address above all', () => {
  expect(faultsOf(DRAFT)).toEqual({});
  const faults = faultsOf({
    ...DRAFT,
    id: '',
    width: '-1',
    latitude: '',
    main: 'rtsp://admin:secret@192.0.2.17/1',
    passwordFile: 'x',
  });
  expect(Object.keys(faults).toSorted()).toEqual(['id', 'longitude', 'main', 'passwordFile', 'width']);
  expect(JSON.stringify(faults)).not.toContain('secret');
  expect(faultsOf({ ...DRAFT, main: 'rtsp://h/path?at=a@b' })).toEqual({});
});
