import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../errors.ts';
import type { HttpClientConfig } from './config.ts';
import { HttpFailure } from './http-failure.ts';
import type { OAuth2Tokens } from './oauth2.ts';

/** Rotated secrets are picked up this soon; reading a file on each of 200 requests a second would be waste. */
const FILE_REREAD_MS = 5_000;

/** What identifies us to a server. */
export interface Credentials {
  /** Header lines as they are known now; undefined when something has to be read or fetched first. */
  known(): readonly string[] | undefined;
  /** Header lines: name, value, name, value, … Rejects with HttpFailure when a file cannot be read or there is no token. */
  headers(): Promise<readonly string[]>;
  /** A server answered 401 to these lines. */
  refused(lines: readonly string[]): void;
}

export function createCredentials(
  config: HttpClientConfig,
  clock: Clock,
  tokens: OAuth2Tokens | undefined,
): Credentials {
  const usesFiles =
    [
      config.basic_auth?.username_file,
      config.basic_auth?.password_file,
      config.authorization?.credentials_file,
      config.bearer_token_file,
    ].some(Boolean) || Object.values(config.http_headers ?? {}).some((header) => header.files.length > 0);
  let known: readonly string[] | undefined;
  let readAtMs = 0;
  const fresh = (): readonly string[] | undefined =>
    usesFiles && clock.monotonicMs() - readAtMs >= FILE_REREAD_MS ? undefined : known;
  return {
    known: () => {
      const lines = fresh();
      if (lines === undefined || tokens === undefined) return lines;
      const authorization = tokens.known();
      return authorization === undefined ? undefined : [...lines, 'authorization', authorization];
    },
    headers: async () => {
      let lines = fresh();
      if (lines === undefined) {
        lines = await compose(config);
        known = lines;
        readAtMs = clock.monotonicMs();
      }
      return tokens === undefined ? lines : [...lines, 'authorization', await tokens.authorization()];
    },
    refused: (lines) => tokens?.refused(lines.at(-1) ?? ''),
  };
}

async function compose(config: HttpClientConfig): Promise<readonly string[]> {
  const lines: string[] = [];
  const { basic_auth: basic, authorization } = config;
  if (basic) {
    const username = basic.username ?? (await fromFile(basic.username_file));
    const password = basic.password?.reveal() ?? (await fromFile(basic.password_file));
    lines.push('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  } else if (authorization) {
    const credentials = authorization.credentials?.reveal() ?? (await fromFile(authorization.credentials_file));
    lines.push('authorization', `${authorization.type} ${credentials}`);
  } else if (config.bearer_token ?? config.bearer_token_file) {
    lines.push(
      'authorization',
      `Bearer ${config.bearer_token?.reveal() ?? (await fromFile(config.bearer_token_file))}`,
    );
  }
  for (const [name, header] of Object.entries(config.http_headers ?? {})) {
    const fromFiles = await Promise.all(header.files.map((file) => fromFile(file)));
    for (const value of [...header.values, ...header.secrets.map((one) => one.reveal()), ...fromFiles])
      lines.push(name.toLowerCase(), value);
  }
  return lines;
}

async function fromFile(file: string | undefined): Promise<string> {
  if (file === undefined || file === '') return '';
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new HttpFailure(`cannot read the credentials file: ${errorMessage(error)}`, error);
  }
}
