import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Account, AuthGate, NONCE_LIFETIME_MS } from './gate.ts';

const account = (scheme: Account['scheme']): Account => ({
  scheme,
  realm: 'cam',
  username: 'viewer',
  password: 'p:w"d',
});
const gate = new AuthGate('seed');

/** Answers a challenge as RFC 7616 3.4.1 says. */
function respond(challenge: string, password: string, method = 'DESCRIBE'): string {
  const field = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? '';
  const algorithm = field('algorithm') === 'SHA-256' ? 'sha256' : 'md5';
  const hash = (text: string): string => createHash(algorithm).update(text).digest('hex');
  const secret = hash(`viewer:cam:${password}`);
  const uri = 'rtsp://h/cam-0001/main';
  const qop = field('qop');
  const middle = qop === '' ? '' : '00000001:c0:auth:';
  const response = hash(`${secret}:${field('nonce')}:${middle}${hash(`${method}:${uri}`)}`);
  const extra = qop === '' ? '' : ', qop=auth, nc=00000001, cnonce="c0"';
  const named = algorithm === 'sha256' ? ', algorithm=SHA-256' : '';
  return `Digest username="viewer", realm="cam", nonce="${field('nonce')}", uri="${uri}", response="${response}"${named}${extra}`;
}

function challenges(scheme: Account['scheme'], nowMs = 0): readonly string[] {
  const verdict = gate.check(account(scheme), { method: 'DESCRIBE', authorization: undefined }, nowMs);
  return verdict.ok ? [] : verdict.challenges;
}

describe('the gate', () => {
  it('asks in the way of the camera', () => {
    expect(challenges('none')).toEqual([]);
    expect(challenges('basic')).toEqual(['Basic realm="cam"']);
    expect(challenges('digest-md5')).toHaveLength(1);
    expect(challenges('digest-sha256').map((text) => text.includes('SHA-256'))).toEqual([true, false]);
    expect(challenges('digest-sha256-only').map((text) => text.includes('SHA-256'))).toEqual([true]);
  });

  it.each(['digest-md5', 'digest-sha256', 'digest-sha256-only'] as const)(
    'lets in who knows the password, by %s',
    (scheme) => {
      for (const challenge of challenges(scheme)) {
        const check = (password: string, method: string) =>
          gate.check(account(scheme), { method, authorization: respond(challenge, password) }, 1_000).ok;
        expect(check('p:w"d', 'DESCRIBE')).toBe(true);
        expect(check('wrong', 'DESCRIBE')).toBe(false);
        // An answer for one method is none for another.
        expect(check('p:w"d', 'SETUP')).toBe(false);
      }
    },
  );

  it('lets in by Basic, with any characters in the password', () => {
    const check = (text: string) =>
      gate.check(account('basic'), { method: 'GET', authorization: `Basic ${Buffer.from(text).toString('base64')}` }, 0)
        .ok;
    expect(check('viewer:p:w"d')).toBe(true);
    expect(check('viewer:p')).toBe(false);
    expect(check('viewer')).toBe(false);
  });

  it('calls an old nonce stale, and a foreign one wrong', () => {
    const [challenge = ''] = challenges('digest-md5');
    const late = gate.check(
      account('digest-md5'),
      { method: 'DESCRIBE', authorization: respond(challenge, 'p:w"d') },
      NONCE_LIFETIME_MS + 1,
    );
    expect(late.ok ? '' : late.challenges[0]).toContain('stale=true');
    const other = new AuthGate('other').check(
      account('digest-md5'),
      { method: 'DESCRIBE', authorization: respond(challenge, 'p:w"d') },
      1,
    );
    expect(other.ok ? '' : other.challenges[0]).not.toContain('stale');
  });
});
