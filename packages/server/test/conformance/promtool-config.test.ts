import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/app/index.ts';

/** Keys of a scrape config that both check in the same way; line breaks part keys. */
const SAME = `
proxy_url: "x"
dns_sd_configs: [{ names: [a] }]
dns_sd_configs: [{ names: [a], type: aaaa, port: 1 }]
dns_sd_configs: [{ names: [a], type: A }]
dns_sd_configs: [{ names: [] }]
dns_sd_configs: [{}]
dns_sd_configs: [{ names: [a], type: TXT, port: 1 }]
dns_sd_configs: [{ names: [a], type: MX, port: "1" }]
dns_sd_configs: [{ names: [a], type: "" }]
dns_sd_configs: [{ names: [a], unknown: 1 }]
dns_sd_configs:
proxy_url: "http://u:p@x:3128"
proxy_url: "socks5://x"
proxy_url: "http://[x"
proxy_url: ""
proxy_url:
oauth2: { client_id: a, client_secret: b, token_url: "http://x" }
oauth2: { client_id: 1, client_secret: 0123, token_url: "http://x" }
oauth2: { client_secret: b, token_url: "http://x" }
oauth2: { client_id: a, client_secret: b }
oauth2: { client_id: a, client_secret: b, client_secret_file: c, token_url: "http://x" }
oauth2: { client_id: a, client_secret: b, token_url: "http://x", scopes: [a], endpoint_params: { a: b }, tls_config: { insecure_skip_verify: true }, proxy_url: "http://x" }
oauth2: { client_id: a, client_secret: b, token_url: "http://x", unknown: 1 }
oauth2: { client_id: a, client_secret: b, token_url: "http://x" } | basic_auth: { username: a }
oauth2: { client_id: a, client_secret: b, token_url: "http://x" } | authorization: { credentials: a }
oauth2: { client_id: a, client_secret: b, token_url: "http://x" } | bearer_token: a
oauth2: {}
oauth2:
authorization: { type: Basic }
authorization: { type: " Bearer ", credentials: x }
authorization: { type: "", credentials: x }
authorization: { credentials: a, credentials_file: b }
authorization: { credentials: 1 }
authorization: {}
authorization:
basic_auth: { username: 1, password: 0123 }
basic_auth: { username: a, password: b, password_file: c }
basic_auth: { username: a, password: "" } | bearer_token: ""
basic_auth: { username: a } | authorization: { credentials: a }
basic_auth: {}
basic_auth:
bearer_token: a | bearer_token_file: b
bearer_token: true
tls_config: { cert: a }
tls_config: { key_file: a }
tls_config: { min_version: TLS12, max_version: TLS11 }
tls_config: { min_version: TLS9 }
tls_config: { insecure_skip_verify: "true" }
tls_config: { insecure_skip_verify: yes }
tls_config: { server_name: 1 }
tls_config:
follow_redirects: "false"
follow_redirects: Off
enable_http2: 1
enable_http2: false
http_sd_configs: [{ url: "http://x" }]
http_sd_configs: [{ url: "HTTPS://x" }]
http_sd_configs: [{ url: "http://u:p@x" }]
http_sd_configs: [{ url: "http://" }]
http_sd_configs: [{ url: "x" }]
http_sd_configs: [{ url: "" }]
http_sd_configs: [{}]
http_sd_configs: {}
file_sd_configs: [{ files: [a.txt] }]
file_sd_configs: [{ files: [] }]
file_sd_configs: [{ files: ["*.json"] }]
static_configs: [{ targets: [a], labels: { version: 1.10, on: yes } }]
static_configs: [{ targets: ["http://a"] }]
static_configs: [{ targets: }]
params: { a: [007] }
`;

/** What Prometheus takes and cannot use (docs/compat/scraping.md), and what only its later versions refuse. */
const REFUSED_HERE = `
proxy_url: "ftp://x"
oauth2: { client_id: a, client_secret: b, token_url: "x" }
authorization: { type: "a b", credentials: x }
http_sd_configs: [{ url: "http://x", refresh_interval: 0s }]
dns_sd_configs: [{ names: [a], type: MX, port: 70000 }]
dns_sd_configs: [{ names: [""] }]
http_sd_configs: [{ url: "http://x", basic_auth: { username: a }, bearer_token: b }]
scheme: ftp
`;

const lines = (text: string): string[] => text.trim().split('\n');

describe('scrape configurations and promtool', () => {
  it('agree on the HTTP client and on discovery', async () => {
    if (spawnSync('promtool', ['--version']).status !== 0) {
      process.stdout.write('promtool absent: configurations not compared\n');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'vedette-promtool-'));
    try {
      const files = [...lines(SAME), ...lines(REFUSED_HERE)].map((keys, i) => {
        const file = join(folder, `${i}.yml`);
        const body = keys.split(' | ').map((key) => `    ${key}\n`);
        writeFileSync(file, `scrape_configs:\n  - job_name: a\n${body.join('')}`);
        return { file, keys };
      });
      const { stdout, stderr } = spawnSync(
        'promtool',
        ['check', 'config', '--syntax-only', ...files.map(({ file }) => file)],
        {
          encoding: 'utf8',
        },
      );
      const answers = `${stdout}${stderr}`;
      const taken = new Set([...answers.matchAll(/SUCCESS: (\S+\.yml) is valid/g)].map((match) => match[1]));
      expect(taken.size).toBeGreaterThan(20);
      const differing: string[] = [];
      for (const { file, keys } of files) {
        const fault = await checkConfiguration(file).then(
          () => undefined,
          (error: unknown) => String(error),
        );
        if ((fault === undefined) !== taken.has(file)) differing.push(keys);
      }
      expect(differing).toEqual(lines(REFUSED_HERE));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
