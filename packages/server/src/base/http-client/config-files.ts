import { isAbsolute, join } from 'node:path';
import type { HttpClientConfig } from './config.ts';

const FILE_KEYS = [
  'ca_file',
  'cert_file',
  'key_file',
  'username_file',
  'password_file',
  'credentials_file',
  'client_secret_file',
  'client_certificate_key_file',
  'bearer_token_file',
] as const;

/** The same client with every file name absolute; relative ones count from `folder`, where the configuration file is. */
export function withAbsoluteFiles<Client extends HttpClientConfig>(client: Client, folder: string): Client {
  const inside = <Section extends object>(section: Section): Section => {
    const copy = { ...section } as Record<string, unknown>;
    for (const key of FILE_KEYS) if (typeof copy[key] === 'string') copy[key] = absolute(copy[key], folder);
    return copy as Section;
  };
  const { basic_auth: basic, authorization, oauth2, tls_config: tls, http_headers: headers } = client;
  return {
    ...inside(client),
    ...(basic && { basic_auth: inside(basic) }),
    ...(authorization && { authorization: inside(authorization) }),
    ...(tls && { tls_config: inside(tls) }),
    ...(oauth2 && {
      oauth2: { ...inside(oauth2), ...(oauth2.tls_config && { tls_config: inside(oauth2.tls_config) }) },
    }),
    ...(headers && {
      http_headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => [
          name,
          { ...header, files: header.files.map((file) => absolute(file, folder)) },
        ]),
      ),
    }),
  };
}

function absolute(file: string, folder: string): string {
  return file === '' || isAbsolute(file) ? file : join(folder, file);
}
