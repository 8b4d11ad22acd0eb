import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorMessage } from '../../base/errors.ts';
import { readConfigFile } from '../config.ts';

const folder = mkdtempSync(join(tmpdir(), 'vedette-inactive-'));
const file = join(folder, 'vedette.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): ReturnType<typeof readConfigFile> {
  writeFileSync(file, text);
  return readConfigFile(file, 'vedette.yaml');
}

function faultOf(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

describe('sections without effect', () => {
  it.each([
    ['remote_read:\n  -\n', /^vedette.yaml:2:\d+: remote_read\[0\]: empty or null remote read config section; .*dash/],
    ['remote_read:\n  - url:\n', /^vedette.yaml:2:\d+: remote_read\[0\].*: url for remote_read is empty/],
    ['remote_read:\n  - name: a\n', /remote_read\[0\].url: url for remote_read is empty/],
    ['remote_read:\n  - { url: "http://a b" }\n', /remote_read\[0\].url: not a valid URL/],
    [
      'remote_read:\n  - { url: http://a, name: n }\n  - { url: http://b, name: n }\n',
      /^vedette.yaml:3:\d+: remote_read\[1\].name: .*"n"; give each its own name/,
    ],
    [
      'remote_read: [{ url: http://a, headers: { Authorization: x } }]',
      /headers.Authorization: authorization header must be changed via/,
    ],
    [
      'remote_read: [{ url: http://a, headers: { X-Prometheus-Remote-Read-Version: x } }]',
      /is a reserved header. It must not be changed/,
    ],
    ['remote_read: [{ url: http://a, bearer_token: a, basic_auth: { username: b } }]', /at most one of basic_auth/],
    ['remote_read: [{ url: http://a, read_recnt: true }]', /unknown key "read_recnt"; did you mean "read_recent"\?/],
    ['remote_read: [{ url: http://a, chunked_read_limit: -1 }]', /chunked_read_limit: cannot be negative/],
    ['remote_read: [{ url: http://a, required_matchers: { "": a } }]', /a label name must not be empty/],
    [
      'tracing:\n  sampling_fraction: 1\n',
      /^vedette.yaml:1:\d+: tracing.endpoint: tracing endpoint must be set; write/,
    ],
    ['tracing: { endpoint: "" }', /tracing endpoint must be set/],
    ['tracing: { endpoint: "a:1", headers: { authorization: x } }', /a custom authorization header is not supported/],
    ['tracing: { endpoint: "a:1", headers: { User-Agent: x } }', /User-Agent is a reserved header/],
    ['tracing: { endpoint: "a:1", client_type: udp }', /client_type: must be grpc or http/],
    ['tracing: { endpoint: "a:1", compression: zstd }', /compression: must be gzip/],
    ['tracing: { endpoint: "a:1", tls_config: { cert: a } }', /a client certificate needs its key/],
    ['otlp: { translation_strategy: Underscores }', /unsupported translation strategy; use one of Underscore/],
    ['otlp: { ignore_resource_attributes: [a] }', /ignore_resource_attributes: needs promote_all_resource_attributes/],
    [
      'otlp: { promote_all_resource_attributes: true, promote_resource_attributes: [a] }',
      /cannot be configured together; remove one/,
    ],
    [
      'otlp:\n  promote_resource_attributes:\n    - a\n    - " a "\n',
      /^vedette.yaml:4:\d+: otlp.promote_resource_attributes\[1\]: the resource attribute "a" is in the list twice/,
    ],
    ['otlp: { promote_resource_attributes: [" "] }', /\[0\]: an empty resource attribute; name it or remove/],
    [
      'otlp: { promote_all_resource_attributes: true, ignore_resource_attributes: [a, ""] }',
      /\[1\]: an empty resource attribute/,
    ],
    [
      'global: { metric_name_validation_scheme: legacy }\notlp: { translation_strategy: NoTranslation }',
      /^vedette.yaml:2:\d+: otlp.translation_strategy: NoTranslation is not allowed .*legacy; set that to utf8/,
    ],
  ])('%j is refused with place and remedy', (text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });

  it.each([
    'otlp:\n',
    'otlp: { translation_strategy: NoTranslation, convert_histograms_to_nhcb: true, promote_scope_metadata: true }',
    'otlp: { promote_all_resource_attributes: true, ignore_resource_attributes: [" a ", b] }',
    'global: { metric_name_validation_scheme: legacy }\notlp: { translation_strategy: UnderscoreEscapingWithSuffixes }',
    'tracing:\n',
    'tracing: { endpoint: "a:4317", client_type: http, headers: { tenant: 7 }, timeout: 5s, compression: gzip, insecure: true }',
    'remote_read:\n',
    'remote_read: [{ url: "localhost:9091", read_recent: yes, required_matchers: { job: 1 }, headers: { Tenant: a } }, { url: http://b/read, remote_timeout: 1m, basic_auth: { username: u, password: p } }]',
    'runtime: { gogc: 75 }',
  ])('%j is read, and a warning says that it has no effect', (text) => {
    const { warnings } = read(text);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/has no effect in this version/)]);
  });
});
