import { describe, expect, it } from 'vitest';
import { STREAM_FAMILY } from './cause-words.ts';
import { type Cause, Causes } from './causes.ts';
import { parentsOf } from './parents.ts';
import type { Hit } from './roll-up.ts';

const AT = 10_000_000;
const CAMERAS = Array.from({ length: 20 }, (_, i) => ({ id: `c${i}`, source: 'file' as const, site: 'north' }));
const TOTALS = new Map(parentsOf({ id: 'c0', source: 'file', site: 'north' }).map(({ key }) => [key, 20]));

function hits(failureOf: (index: number) => string | undefined, family = STREAM_FAMILY): readonly Hit[] {
  return CAMERAS.map((camera, i) => ({
    id: camera.id,
    family,
    failure: failureOf(i),
    parents: parentsOf(camera),
    fromMs: AT - 60_000,
    toMs: AT,
  }));
}

function causeOf(causes: Causes, about: readonly Hit[]): Cause {
  causes.update(about, TOTALS, []);
  expect(causes.all).toHaveLength(1);
  return causes.all[0] as Cause;
}

const fresh = (): Causes => new Causes({ ratio: 0.3, camerasMin: 3, windowMs: 120_000 });

describe('one failure that a whole site shares', () => {
  it('expired certificates of a site are not told as "site down: look at power and uplink"', () => {
    const { kind, card } = causeOf(
      fresh(),
      hits(() => 'tls'),
    );
    expect(kind).toBe('tls');
    expect(card.reason).toBe('site north: 20 of 20 cameras fail over TLS: certificate or handshake is refused');
    expect(card.advice).toContain('certificates');
    expect(card.advice).not.toMatch(/power|uplink/);
  });

  it.each([
    ['path', 'path', 'do not know their stream address'],
    ['session_limit', 'session_limit', 'have no free session'],
    ['no_video', 'no_video', 'send a stream without video'],
    ['dns', 'offline', 'have a name that does not resolve'],
  ])('%s is told in its own words', (failure, kind, words) => {
    const cause = causeOf(
      fresh(),
      hits(() => failure),
    );
    expect(cause.kind).toBe(kind);
    expect(cause.card.reason).toBe(`site north: 20 of 20 cameras ${words}`);
  });

  it('cameras without credentials in the inventory do not "reject the credentials" together', () => {
    const { kind, card } = causeOf(
      fresh(),
      hits(() => 'no_credentials', 'credentials'),
    );
    expect(kind).toBe('credentials');
    expect(card.reason).toContain('ask for credentials, and none are known for them');
    expect(
      causeOf(
        fresh(),
        hits(() => 'credentials', 'credentials'),
      ).card.reason,
    ).toContain('reject the credentials');
  });

  it('a few that fail otherwise change nothing, a mixture is a site that is down', () => {
    expect(
      causeOf(
        fresh(),
        hits((i) => (i < 2 ? 'timeout' : 'tls')),
      ).kind,
    ).toBe('tls');
    const mixed = causeOf(
      fresh(),
      hits((i) => (i < 5 ? 'timeout' : 'tls')),
    );
    expect(mixed.kind).toBe('site_down');
    expect(mixed.card.reason).toBe('site north: 20 of 20 cameras give no pictures');
    expect(
      causeOf(
        fresh(),
        hits(() => 'unreachable'),
      ).kind,
    ).toBe('site_down');
  });

  it('its words do not come and go, and give way when most say something else', () => {
    const causes = fresh();
    const { id } = causeOf(
      causes,
      hits(() => 'tls'),
    ).card;
    expect(
      causeOf(
        causes,
        hits((i) => (i < 8 ? 'timeout' : 'tls')),
      ).kind,
    ).toBe('tls');
    const down = causeOf(
      causes,
      hits((i) => (i < 15 ? 'timeout' : 'tls')),
    );
    expect(down).toMatchObject({ kind: 'site_down', card: { id } });
  });
});
