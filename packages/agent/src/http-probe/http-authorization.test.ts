import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpAuthorization, parseChallenges } from './http-authorization.ts';

/** RFC 7616 3.9.1: both challenges of one answer, and what a client says to each. */
const EXAMPLE = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const CNONCE = (): string => 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };

const answered = (...challenges: string[]): string | undefined => {
  const authorization = new HttpAuthorization(MUFASA);
  authorization.challenged(challenges);
  return authorization.header('GET', '/dir/index.html', CNONCE);
};

describe('HTTP authentication', () => {
  it('gives the answers of the RFC', () => {
    expect(answered(EXAMPLE('MD5'))).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(answered(EXAMPLE('SHA-256'))).toContain(
      'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
    );
  });

  it('takes the strongest that it knows', () => {
    expect(answered('Basic realm="x"', EXAMPLE('MD5'), EXAMPLE('SHA-256'))).toContain('753927fa');
    expect(answered(`Basic realm="x", ${EXAMPLE('MD5')}`)).toContain('8ca523f5');
    expect(answered(EXAMPLE('MAGIC'), 'Basic realm="x"')).toBe(
      `Basic ${Buffer.from('Mufasa:Circle of Life').toString('base64')}`,
    );
    expect(answered('Digest realm="r", nonce="n", qop="auth-int"')).toBeUndefined();
    expect(answered('Negotiate abc==')).toBeUndefined();
  });

  it('answers the old form without qop', () => {
    const header = answered('Digest realm="r", nonce="n"') ?? '';
    expect(header).not.toContain('qop');
    expect(header).toMatch(/response="[0-9a-f]{32}"/);
  });

  it('counts its uses of a nonce', () => {
    const authorization = new HttpAuthorization(MUFASA);
    authorization.challenged(EXAMPLE('MD5'));
    expect(authorization.header('GET', '/')).toContain('nc=00000001');
    expect(authorization.header('GET', '/')).toContain('nc=00000002');
  });

  it('reads any header in bounded time', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 10 }), (headers) => {
        expect(parseChallenges(headers).length).toBeLessThanOrEqual(8);
      }),
    );
  });
});
