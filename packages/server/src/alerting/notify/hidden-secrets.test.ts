import { expect, it } from 'vitest';
import { Secret } from '../../base/config-schema.ts';
import { parseGoDuration } from './go-duration.ts';
import { hiddenForms, secretsOf } from './hidden-secrets.ts';
import { withoutSecrets } from './retry.ts';

const hidden = (text: string, ...secrets: string[]): string => withoutSecrets(text, secrets.flatMap(hiddenForms));

it.each([
  ['key k/e"y here', 'k/e"y', 'key <secret> here'],
  ['GET /v1/k%2Fe%22y', 'k/e"y', 'GET /v1/<secret>'],
  ['{"key":"k/e\\"y"}', 'k/e"y', '{"key":"<secret>"}'],
  ['cannot POST /hook/T0?key=abc', 'https://h.example/hook/T0?key=abc', 'cannot POST <secret>'],
  ['key=abc is wrong', 'https://h.example/hook?key=abc', 'key=<secret> is wrong'],
  ['Basic dTpwYXNz', 'https://u:pass@h.example/', 'Basic <secret>'],
  ['h.example refused', 'https://h.example/', 'h.example refused'],
  ['a to b', 'a', 'a to b'],
])('%j without %s', (text, secret, expected) => {
  expect(hidden(text, secret)).toBe(expected);
});

it('all secrets of settings are found, and what their credentials become', () => {
  const found = secretsOf({
    url: new Secret('http://a/path-x'),
    http_config: { basic_auth: { username: 'u', password: new Secret('pass') }, list: [new Secret('deep')] },
    plain: 'shown',
  });
  for (const form of ['/path-x', 'pass', 'deep', Buffer.from('u:pass').toString('base64')])
    expect(found).toContain(form);
  expect(found).not.toContain('shown');
});

it.each([
  ['1.5s', 1_500],
  ['1h0m0s', 3_600_000],
  ['100ms', 100],
  ['.5m', 30_000],
  ['0', 0],
  ['0s', 0],
  ['1d', 86_400_000],
  ['250us', 0],
  ['soon', undefined],
  ['', undefined],
  ['-1s', undefined],
  ['1'.repeat(100), undefined],
])('%s is %s milliseconds', (text, expected) => {
  expect(parseGoDuration(text)).toBe(expected);
});
