import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Authorization, type DigestChallenge, parseChallenges, strongestChallenge } from './authentication.ts';

/** The example of RFC 7616, 3.9.1, both algorithms. */
describe('authentication', () => {
  const challenge = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const credentials = { username: 'Mufasa', password: 'Circle of Life' };

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers a challenge with %s as the RFC does', (algorithm, response) => {
    const [found] = parseChallenges(challenge(algorithm));
    const header = new Authorization(
      found as DigestChallenge,
      credentials,
      'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    ).header('GET', '/dir/index.html');
    expect(header).toContain(`response="${response}"`);
    expect(header).toContain('qop=auth, nc=00000001');
    expect(header).not.toContain('Circle');
  });

  it('takes the strongest of several challenges, in one value or in many', () => {
    const values = [
      `Basic realm="x", ${challenge('MD5')}, ${challenge('SHA-256')}, Digest realm="n", nonce="1", algorithm=SHA-512-256`,
    ];
    expect(parseChallenges(values[0] ?? '')).toHaveLength(3);
    expect(strongestChallenge(values)).toMatchObject({ scheme: 'digest', hash: 'sha256' });
    expect(strongestChallenge([challenge('MD5'), 'Basic'])).toMatchObject({ hash: 'md5' });
    expect(strongestChallenge(['Basic realm=camera'])).toEqual({ scheme: 'basic' });
    expect(
      strongestChallenge(['Bearer x', 'Digest realm="no nonce"', 'Digest realm="r", nonce="n", qop="auth-int"']),
    ).toBeUndefined();
  });

  it('reads any value without an error, and never puts a line end into a header', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, name) => {
        const found = strongestChallenge([value, `Digest realm="${name}", nonce="${value}"`]);
        if (found)
          expect(new Authorization(found, { username: name, password: value }).header('PLAY', 'rtsp://x')).not.toMatch(
            /[\r\n]/,
          );
      }),
    );
  });
});
