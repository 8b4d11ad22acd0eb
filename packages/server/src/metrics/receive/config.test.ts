import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorMessage } from '../../base/errors.ts';
import { checkSource, readYaml } from '../../base/yaml-source.ts';
import { type ReceiveConfig, receiveSections, resolveReceive } from './index.ts';

function load(yaml: string, file = '/etc/v.yaml'): ReceiveConfig {
  const [source] = readYaml(yaml, file);
  return resolveReceive(source ? checkSource(source, receiveSections) : receiveSections.parse({}), file);
}

function fault(yaml: string): string {
  try {
    load(yaml);
  } catch (error) {
    return errorMessage(error);
  }
  return 'accepted';
}

const job = (lines: string): string => `scrape_configs:\n  - job_name: a\n${lines.replace(/^/gm, '    ')}\n`;

describe('scrape configuration', () => {
  it('has the defaults of Prometheus', () => {
    expect(load(job('static_configs: [{ targets: [h:1] }]')).pools[0]).toMatchObject({
      scrape_interval: 60_000,
      scrape_timeout: 10_000,
      metrics_path: '/metrics',
      scheme: 'http',
      honor_labels: false,
      honor_timestamps: true,
      follow_redirects: true,
      enable_compression: true,
      sample_limit: 0,
    });
  });

  it('inherits from global, and shortens an inherited timeout to the interval', () => {
    const global =
      'global: { scrape_interval: 30s, scrape_timeout: 20s, sample_limit: 7, body_size_limit: 1MB, external_labels: { site: n } }\n';
    const config = load(`${global}${job('scrape_interval: 5s')}`);
    expect(config.externalLabels).toEqual({ site: 'n' });
    expect(config.pools[0]).toMatchObject({
      scrape_interval: 5_000,
      scrape_timeout: 5_000,
      sample_limit: 7,
      body_size_limit: 1_048_576,
    });
  });

  it('sections without keys mean their defaults', () => {
    expect(load('global:\nscrape_configs:\n').pools).toEqual([]);
    expect(load('').pools).toEqual([]);
  });

  it.each([
    [
      'an unknown key, with the one that was meant',
      job('metric_path: /x'),
      /^\/etc\/v\.yaml:3:5: scrape_configs\[0\]\.metric_path: unknown key "metric_path"; did you mean "metrics_path"\?/,
    ],
    [
      'a timeout above the interval',
      job('scrape_interval: 5s\nscrape_timeout: 6s'),
      /^\/etc\/v\.yaml:4:5: scrape_configs\[0\]\.scrape_timeout: scrape timeout 6s is greater than the scrape interval 5s of job "a"/,
    ],
    [
      'a global timeout above the interval',
      'global: { scrape_interval: 5s, scrape_timeout: 6s }\n',
      /global scrape timeout greater than scrape interval/,
    ],
    [
      'two jobs of one name',
      'scrape_configs:\n  - job_name: a\n  - job_name: a\n',
      /^\/etc\/v\.yaml:3:5: .*found multiple scrape configs with job name "a"/,
    ],
    ['no job name', 'scrape_configs:\n  - metrics_path: /\n', /job_name is empty/],
    ['an empty scrape config', 'scrape_configs:\n  -\n', /empty or null scrape config section/],
    ['a URL as target', job('static_configs: [{ targets: ["http://h:1"] }]'), /"http:\/\/h:1" is not a valid hostname/],
    [
      'a URL as target that relabelling leaves as it is',
      job(
        'relabel_configs: [{ source_labels: [__address__], target_label: __param_target }]\nstatic_configs: [{ targets: ["http://h:1"] }]',
      ),
      /scrape_configs\[0\]\.static_configs\[0\]\.targets\[0\]: "http:\/\/h:1" is not a valid hostname/,
    ],
    [
      'a relabelling step that is wrong beside a URL as target',
      job('relabel_configs: [{ modulus: 18446744073709551 }]\nstatic_configs: [{ targets: ["http://h:1"] }]'),
      /relabel_configs\[0\]\.modulus/,
    ],
    ['a size without unit', job('body_size_limit: 100'), /must be a size with its unit/],
    ['a negative limit', job('sample_limit: -1'), /cannot be negative/],
    [
      'discovery we do not have',
      job('ec2_sd_configs: [{ region: us-east-1 }]'),
      /:3:5: .*ec2_sd_configs is not supported by this version; .*file_sd_configs/,
    ],
    ['a proxy of another kind', job('proxy_url: ftp://p'), /ftp:\/\/ is not spoken to proxies/],
    ['two proxies', job('proxy_url: http://p\nproxy_from_environment: true'), /proxy_url must not be configured/],
    ['exceptions without a proxy', job('no_proxy: a'), /proxy_url must also be configured/],
    ['headers for no proxy', job('proxy_connect_header: { a: [b] }'), /if proxy_connect_header is configured/],
    ['OAuth without a client', job('oauth2: {}'), /oauth2 client_id must be configured/],
    [
      'OAuth with an assertion and no key',
      job(
        'oauth2: { client_id: a, token_url: "http://t/", grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" }',
      ),
      /needs client_certificate_key/,
    ],
    [
      'OAuth beside a password',
      job('oauth2: { client_id: a, token_url: "http://t/" }\nbasic_auth: { username: u }'),
      /at most one of basic_auth, authorization, oauth2/,
    ],
    [
      'two kinds of credentials',
      job('bearer_token: x\nbasic_auth: { username: u }'),
      /at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file/,
    ],
    ['basic as authorization type', job('authorization: { type: Basic }'), /use "basic_auth" instead/],
    [
      'a header that the scraper sets',
      job('http_headers: { Host: { values: [x] } }'),
      /setting header "Host" is not allowed/,
    ],
    ['a wildcard folder', job('file_sd_configs: [{ files: ["*/a.json"] }]'), /wildcards are allowed in the last part/],
    ['a key without certificate', job('tls_config: { key_file: k }'), /needs its certificate/],
  ])('refuses %s', (_name, yaml, message) => {
    expect(fault(yaml)).toMatch(message);
  });

  it('tolerates what has no effect here', () => {
    expect(
      fault(
        job(
          'enable_http2: false\nscrape_native_histograms: true\nnative_histogram_bucket_limit: 9\nscrape_failure_log_file: x',
        ),
      ),
    ).toBe('accepted');
  });

  it('Kubernetes pods may be selected by their nodes, with and without the metadata of nodes', () => {
    const pods = (attach: string, role: string): string =>
      job(
        `kubernetes_sd_configs: [{ role: pod, ${attach}selectors: [{ role: pod, label: a=b }, { role: ${role}, label: a=b }] }]`,
      );
    expect(fault(pods('attach_metadata: { node: true }, ', 'node'))).toBe('accepted');
    expect(fault(pods('', 'node'))).toBe('accepted');
    expect(fault(pods('', 'service'))).toMatch(/pod role supports only pod, node selectors/);
  });

  it('takes label values, parameters and secrets as they are written', () => {
    const config = load(
      'global: { external_labels: { version: 1.10 } }\n' +
        job(
          'params: { n: [007] }\nbearer_token: 0123\nstatic_configs: [{ targets: [h:1], labels: { rack: 007, on: yes } }]',
        ),
    );
    expect(config.externalLabels).toEqual({ version: '1.10' });
    expect(config.pools[0]).toMatchObject({
      params: { n: ['007'] },
      static_configs: [{ labels: { rack: '007', on: 'yes' } }],
    });
    expect(config.pools[0]?.bearer_token?.reveal()).toBe('0123');
  });

  it('never shows a secret', () => {
    expect(JSON.stringify(load(job('basic_auth: { username: u, password: hunter2 }')))).not.toContain('hunter2');
  });
});

describe('files beside the configuration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-config-'));
    mkdirSync(join(folder, 'jobs'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read, and count their own relative names from where they stand', () => {
    writeFileSync(
      join(folder, 'jobs/b.yml'),
      'scrape_configs: [{ job_name: b, bearer_token_file: token, file_sd_configs: [{ files: [t.json] }] }]',
    );
    const config = load(
      `${job('tls_config: { ca_file: ca.pem }')}scrape_config_files: [jobs/*.yml]\n`,
      join(folder, 'v.yaml'),
    );
    expect(config.pools[0]?.tls_config?.ca_file).toBe(join(folder, 'ca.pem'));
    expect(config.pools[1]).toMatchObject({ job_name: 'b', bearer_token_file: join(folder, 'jobs/token') });
    expect(config.pools[1]?.file_sd_configs[0]?.files).toEqual([join(folder, 'jobs/t.json')]);
  });

  it('share the job names', () => {
    writeFileSync(join(folder, 'jobs/b.yml'), 'scrape_configs: [{ job_name: a }]');
    expect(() => load(`${job('metrics_path: /')}scrape_config_files: [jobs/*.yml]\n`, join(folder, 'v.yaml'))).toThrow(
      `${join(folder, 'jobs/b.yml')}:1:20: scrape_configs[0].job_name: found multiple scrape configs with job name "a"`,
    );
  });

  it('must be there when named', () => {
    expect(() => load('scrape_config_files: [none.yml]\n', join(folder, 'v.yaml'))).toThrow(
      /scrape_config_files: cannot read .*none\.yml/,
    );
  });
});
