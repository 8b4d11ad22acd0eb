import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { checkSource, readYaml } from '../base/yaml-source.ts';
import { type HttpConfig, httpSchema } from '../http/index.ts';

const users = httpSchema.shape.basic_auth_users;

const webConfig = z.strictObject({
  basic_auth_users: users,
  tls_server_config: z.strictObject({ cert_file: z.string(), key_file: z.string() }).optional(),
  /** HTTP/2 is not spoken; clients agree on 1.1 by themselves. */
  http_server_config: z.strictObject({ http2: z.boolean().optional() }).optional(),
});

/** Prometheus's web configuration file: users, and the server's certificate. Throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export function loadWebConfig(file: string): Pick<HttpConfig, 'basic_auth_users' | 'tls_server_config'> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read the web configuration ${file}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  const source = readYaml(text, file)[0];
  if (!source) return { basic_auth_users: {} };
  const { basic_auth_users: names, tls_server_config: tls } = checkSource(source, webConfig);
  const folder = dirname(resolve(file));
  return {
    basic_auth_users: names,
    ...(tls && {
      tls_server_config: { cert_file: resolve(folder, tls.cert_file), key_file: resolve(folder, tls.key_file) },
    }),
  };
}
