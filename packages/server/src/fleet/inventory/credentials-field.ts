import { resolve } from 'node:path';
import type { CredentialsReference } from '@vedette/wire/http';
import { TEXT_LENGTH_MAX } from './limits.ts';
import { type ReadContext, type Report, isAbsent, isMapping, scalarText, shown, text } from './written-value.ts';

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

export function credentials(raw: unknown, report: Report, context: ReadContext): CredentialsReference | undefined {
  const written = isMapping(raw) ? raw : shortReference(scalarText(raw));
  if (written === undefined) {
    report('not a reference to credentials', CREDENTIALS_REMEDY);
    return undefined;
  }
  for (const key of Object.keys(written)) {
    if (CREDENTIALS_KEYS.has(key)) continue;
    report(
      /pass|secret|token/i.test(key) ? 'a password must not stand in the inventory' : `unknown key "${shown(key)}"`,
      CREDENTIALS_REMEDY,
    );
    return undefined;
  }
  const username = isAbsent(written['username']) ? undefined : text(written['username'], report);
  const environment = isAbsent(written['password_env']) ? undefined : scalarText(written['password_env']);
  const file = isAbsent(written['password_file']) ? undefined : scalarText(written['password_file']);
  if ((environment === undefined) === (file === undefined)) {
    report('credentials need one of password_env and password_file', CREDENTIALS_REMEDY);
    return undefined;
  }
  const user = username === undefined ? {} : { username };
  if (environment !== undefined) {
    if (!ENVIRONMENT_NAME.test(environment)) {
      report(
        'password_env is not the name of an environment variable',
        'write its name, such as CAMERA_PASSWORD, not the password',
      );
      return undefined;
    }
    if (context.folder === undefined && !environment.startsWith(context.environmentPrefix)) {
      report(
        `over the API only environment variables that begin with ${context.environmentPrefix} may be named`,
        'rename it, set fleet.inventory.credentials_env_prefix, or write the camera in a file',
      );
      return undefined;
    }
    return { ...user, password_env: environment };
  }
  return passwordFile(file ?? '', user, report, context);
}

function passwordFile(
  file: string,
  user: { readonly username?: string },
  report: Report,
  { folder, credentialsFolder }: ReadContext,
): CredentialsReference | undefined {
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  if (file.length > TEXT_LENGTH_MAX || /[\u0000-\u001f]/.test(file)) {
    report('password_file is not a path', 'write the path of a file that holds the password');
    return undefined;
  }
  if (folder !== undefined) return { ...user, password_file: resolve(folder, file) };
  if (credentialsFolder !== undefined && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(file))
    return { ...user, password_file: resolve(credentialsFolder, file) };
  // What was answered before may be sent again.
  if (credentialsFolder !== undefined && resolve(credentialsFolder, file.slice(credentialsFolder.length + 1)) === file)
    return { ...user, password_file: file };
  report(
    'over the API only files of fleet.inventory.credentials_folder may be named, by their name',
    credentialsFolder === undefined
      ? 'set that folder, or write the camera in a file'
      : 'write the file’s name without a folder',
  );
  return undefined;
}

const CREDENTIALS_KEYS: ReadonlySet<string> = new Set(['username', 'password_env', 'password_file']);
const CREDENTIALS_REMEDY =
  'write {username: …, password_env: CAMERA_PASSWORD} or {username: …, password_file: /path}; never the password itself';

/** `env:CAMERA_PASSWORD`, `file:/run/secrets/cameras` */
function shortReference(written: string | undefined): Readonly<Record<string, string>> | undefined {
  if (written?.startsWith('env:')) return { password_env: written.slice(4) };
  if (written?.startsWith('file:')) return { password_file: written.slice(5) };
  return undefined;
}
