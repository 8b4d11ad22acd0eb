import { describe, expect, it } from 'vitest';
import { Secret } from '../../base/config-schema.ts';
import { namedRemotes } from './remote-names.ts';
import { remoteWriteSenders, sendShape } from './config.ts';

const parse = (...remotes: unknown[]): ReturnType<typeof remoteWriteSenders.parse> => remoteWriteSenders.parse(remotes);
const faults = (...remotes: unknown[]): string[] =>
  remoteWriteSenders.safeParse(remotes).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const url = 'http://remote/api/v1/write';

describe('remote_write', () => {
  it("has Prometheus's defaults", () => {
    expect(parse({ url })[0]).toMatchObject({
      remote_timeout: 30_000,
      protobuf_message: 'prometheus.WriteRequest',
      send_exemplars: false,
      queue_config: {
        capacity: 10_000,
        max_shards: 50,
        min_shards: 1,
        max_samples_per_send: 2_000,
        batch_send_deadline: 5_000,
        min_backoff: 30,
        max_backoff: 5_000,
        sample_age_limit: 0,
      },
      metadata_config: { send: true, send_interval: 60_000, max_samples_per_send: 2_000 },
    });
    expect(sendShape.remote_write.parse(null)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['no url', {}, '0.url: url for remote_write is empty'],
    ['an empty url', { url: null }, '0.url: url for remote_write is empty'],
    ['an unknown key', { url, urll: 1 }, ': Unrecognized key: "urll"'],
    [
      'an authorization header',
      { url, headers: { Authorization: 'x' } },
      '0.headers.Authorization: authorization header must be changed via the basic_auth, authorization or oauth2 parameter',
    ],
    [
      'a header of the protocol',
      { url, headers: { 'X-Prometheus-Remote-Write-Version': 'x' } },
      '0.headers.X-Prometheus-Remote-Write-Version: X-Prometheus-Remote-Write-Version is a reserved header. It must not be changed',
    ],
    [
      'no shards',
      { url, queue_config: { max_shards: 0 } },
      '0.queue_config.max_shards: remote write queue max_shards must be positive',
    ],
    [
      'more shards at least than at most',
      { url, queue_config: { min_shards: 9, max_shards: 8 } },
      '0.queue_config.min_shards: remote write queue min_shards must not be greater than max_shards',
    ],
    [
      'back-off upside down',
      { url, queue_config: { min_backoff: '9s' } },
      '0.queue_config.max_backoff: remote write queue max_backoff must not be less than min_backoff',
    ],
    [
      'signing',
      { url, sigv4: {} },
      '0.sigv4: sigv4 is not supported: requests are not signed for a cloud; use basic_auth, authorization or oauth2, or a signing proxy in between',
    ],
    [
      'two ways to sign in',
      { url, basic_auth: { username: 'a' }, bearer_token: 'x' },
      '0.bearer_token: at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured; basic_auth and bearer_token are',
    ],
    [
      'another message',
      { url, protobuf_message: 'x' },
      '0.protobuf_message: invalid protobuf_message value: must be prometheus.WriteRequest or io.prometheus.write.v2.Request',
    ],
    ['an empty rule', { url, write_relabel_configs: [null] }, '0.write_relabel_configs.0'],
  ])('refuses %s', (_name, remote, fault) => {
    expect(
      faults(remote).some((text) => text.includes(fault)),
      faults(remote).join('\n'),
    ).toBe(true);
  });

  it('refuses a name twice and a section twice', () => {
    expect(faults({ url, name: 'a' }, { url: `${url}2`, name: 'a' })[0]).toMatch(/^1\.name: found multiple/);
    expect(faults({ url }, { url })[0]).toMatch(/^1\.url: duplicate remote write configs/);
    expect(faults({ url }, { url, send_exemplars: true })).toEqual([]);
  });

  it('takes the password out of the address', () => {
    const [config] = parse({ url: 'https://us%40r:p%3Aw@remote/write' });
    expect(config?.url).toBe('https://remote/write');
    expect(config?.basic_auth?.username).toBe('us@r');
    expect(config?.basic_auth?.password).toBeInstanceOf(Secret);
    expect(config?.basic_auth?.password?.reveal()).toBe('p:w');
    expect(JSON.stringify(config)).not.toContain('p:w');
  });

  it('a position belongs to the name, or without one to the address, whatever else changes', () => {
    const key = (...remotes: unknown[]): string | undefined => namedRemotes(parse(...remotes)).at(-1)?.key;
    expect(key({ url, name: 'a' })).toBe(key({ url: 'http://other', name: 'a', send_exemplars: true }));
    expect(key({ url })).toBe(key({ url, remote_timeout: '1s' }));
    expect(key({ url })).not.toBe(key({ url: `${url}2` }));
    expect(key({ url })).not.toBe(key({ url }, { url, send_exemplars: true }));
  });
});
