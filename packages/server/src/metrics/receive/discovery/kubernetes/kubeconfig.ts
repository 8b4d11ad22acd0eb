import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { errorMessage } from '../../../../base/errors.ts';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../../../base/http-client/index.ts';

const text = z.string().optional();

const cluster = z.object({
  server: z.string().regex(/^https?:\/\//, { error: 'must be a URL' }),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text,
  'proxy-url': text,
});

const user = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});

const name = z.string();

/** The parts of a kubeconfig that matter here; others are left alone, as kubectl does. */
const kubeconfigSchema = z.object({
  'current-context': text,
  contexts: z.array(z.object({ name, context: z.object({ cluster: text, user: text }) })).default([]),
  clusters: z.array(z.object({ name, cluster })).default([]),
  users: z.array(z.object({ name, user })).default([]),
});

const clientSchema = httpClientConfig(httpClientShape);

/** The server and the credentials of the current context. Rejects with one sentence that names the file. */
export async function readKubeconfig(
  file: string,
): Promise<{ readonly server: string; readonly client: HttpClientConfig }> {
  try {
    const document = kubeconfigSchema.parse(parse(await readFile(file, 'utf8'), { maxAliasCount: 100 }));
    const { context } = find(document.contexts, document['current-context'], 'context');
    const { cluster: server } = find(document.clusters, context.cluster, 'cluster');
    const who = context.user === undefined ? {} : find(document.users, context.user, 'user').user;
    return {
      server: server.server.replace(/\/+$/, ''),
      client: clientSchema.parse(clientOf(server, who, dirname(file))),
    };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
    throw new Error(`kubeconfig_file ${file}: ${reason}`, { cause: error });
  }
}

function clientOf(
  server: z.output<typeof cluster>,
  who: Partial<z.output<typeof user>>,
  folder: string,
): z.input<typeof clientSchema> {
  for (const key of ['exec', 'auth-provider'] as const)
    if (who[key] !== undefined)
      throw new Error(`${key} runs another program, which is not supported; use a token or a client certificate`);
  const path = (value: string | undefined): string | undefined =>
    value === undefined || value === '' || isAbsolute(value) ? value : join(folder, value);
  // Data wins over a file, as in kubectl.
  const part = (
    key: 'ca' | 'cert' | 'key',
    data: string | undefined,
    inFile: string | undefined,
  ): Readonly<Record<string, string | undefined>> =>
    data === undefined ? { [`${key}_file`]: path(inFile) } : { [key]: Buffer.from(data, 'base64').toString() };
  return {
    tls_config: {
      ...part('ca', server['certificate-authority-data'], server['certificate-authority']),
      ...part('cert', who['client-certificate-data'], who['client-certificate']),
      ...part('key', who['client-key-data'], who['client-key']),
      server_name: server['tls-server-name'],
      insecure_skip_verify: server['insecure-skip-tls-verify'],
    },
    proxy_url: server['proxy-url'],
    ...(who.tokenFile !== undefined
      ? { authorization: { credentials_file: path(who.tokenFile) } }
      : who.token !== undefined
        ? { authorization: { credentials: who.token } }
        : who.username !== undefined && { basic_auth: { username: who.username, password: who.password } }),
  };
}

function find<T extends { readonly name: string }>(list: readonly T[], wanted: string | undefined, what: string): T {
  const entry = list.find((one) => one.name === wanted);
  if (entry === undefined) throw new Error(`there is no ${what} "${wanted ?? ''}"`);
  return entry;
}
