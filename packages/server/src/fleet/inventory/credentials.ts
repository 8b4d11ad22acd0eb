import { readFileSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import type { Credentials } from '@vedette/agent';
import type { CameraSource, CredentialsReference } from '@vedette/wire/http';
import { VedetteError } from '../../base/errors.ts';
import { SECRET_BYTES_MAX } from './limits.ts';
import type { MergedCamera, Said } from './merged.ts';
import { type StreamRole, hostOf } from './read-address.ts';

export interface CredentialsDeps {
  readonly environment: (name: string) => string | undefined;
  /** Files that the API may name lie there. */
  readonly credentialsFolder: () => string | undefined;
  /** What an import told with an address, by the import and the name there; only in memory. */
  readonly told: (importName: string, name: string) => ToldCredentials | undefined;
}

export interface ToldCredentials extends Credentials {
  /** To these it may be said. */
  readonly hosts: ReadonlySet<string>;
}

const RANK: Readonly<Record<CameraSource, number>> = {
  file: 0,
  api: 1,
  frigate: 2,
  mediamtx: 2,
  go2rtc: 2,
  onvif: 2,
  simulation: 3,
};

/**
 * User and password for one stream, read at this moment. A source that only tells an address does not get the password that a stronger
 * one referred to: else whoever may write over the API, or runs a recorder, could have it sent to a host of theirs.
 */
export function credentialsFor(
  deps: CredentialsDeps,
  { camera, origin, said }: MergedCamera,
  role: StreamRole,
): Credentials | undefined {
  const reference = camera.credentials;
  const url = camera.streams?.[role]?.url;
  const from = origin('credentials');
  if (reference === undefined || url === undefined || from === undefined) return undefined;
  const host = hostOf(url);
  if (reference.in_memory === true) return toldTo(deps, from, host);
  if (!mayKnow(from, origin(`streams.${role}`), host, said)) return undefined;
  return resolved(deps, reference, from.source === 'api');
}

function toldTo(deps: CredentialsDeps, { knownAs }: Said, host: string): Credentials | undefined {
  const told = knownAs && deps.told(knownAs.import, knownAs.name);
  return told?.hosts.has(host) === true ? { username: told.username, password: told.password } : undefined;
}

function mayKnow(from: Said, address: Said | undefined, host: string, said: readonly Said[]): boolean {
  if (address === undefined) return false;
  const isTrusted = (one: Said): boolean => one === from || RANK[one.source] < RANK[from.source];
  if (isTrusted(address)) return true;
  return said.some(
    (one) =>
      isTrusted(one) &&
      Object.entries(one.fields).some(
        ([field, value]) => field.startsWith('streams.') && hostOf((value as { readonly url: string }).url) === host,
      ),
  );
}

/** Throws CAMERA_INVALID in words that name the reference and nothing else. */
export function resolved(
  deps: Pick<CredentialsDeps, 'environment' | 'credentialsFolder'>,
  reference: CredentialsReference,
  isOfApi: boolean,
): Credentials {
  const secret =
    reference.password_env === undefined
      ? ofFile(deps, reference.password_file ?? '', isOfApi)
      : ofEnvironment(deps, reference.password_env);
  if (reference.username !== undefined) return { username: reference.username, password: secret };
  const colon = secret.indexOf(':');
  if (colon > 0) return { username: secret.slice(0, colon), password: secret.slice(colon + 1) };
  throw new VedetteError(
    'CAMERA_INVALID',
    `${placeOf(reference)} holds no user:password; write username: beside it, or put the user before the password`,
  );
}

function ofEnvironment({ environment }: Pick<CredentialsDeps, 'environment'>, name: string): string {
  const value = environment(name);
  if (value !== undefined && value !== '') return value;
  throw new VedetteError(
    'CAMERA_INVALID',
    `the environment variable ${name} is not set; set it where Vedette is started`,
  );
}

function ofFile(
  { credentialsFolder }: Pick<CredentialsDeps, 'credentialsFolder'>,
  file: string,
  isOfApi: boolean,
): string {
  const fault = (reason: string): VedetteError =>
    new VedetteError('CAMERA_INVALID', `the password file ${file} ${reason}; check the path and its permissions`);
  let text: string;
  try {
    if (isOfApi) {
      // A link must not lead out of the folder.
      const folder = credentialsFolder();
      if (folder === undefined || !realpathSync(file).startsWith(realpathSync(folder) + sep))
        throw fault('is not inside fleet.inventory.credentials_folder');
    }
    if (statSync(file).size > SECRET_BYTES_MAX) throw fault('is too large for a password');
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof VedetteError) throw error;
    throw fault('cannot be read');
  }
  if (text === '' || text.includes('\n')) throw fault('does not hold one line');
  return text;
}

function placeOf({ password_env: environment, password_file: file }: CredentialsReference): string {
  return environment === undefined ? `the password file ${file ?? ''}` : `the environment variable ${environment}`;
}
