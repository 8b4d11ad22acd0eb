import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { createResolver } from './resolver.ts';

const clock: Clock = {
  now: () => 0,
  monotonicMs: () => 0,
  sleep: () => Promise.reject(new Error('nothing sleeps here')),
  after: () => ({ [Symbol.dispose]: () => undefined }),
};

describe('the resolver', () => {
  it('answers literal addresses with themselves, and names from the hosts file', async () => {
    const resolve = createResolver(clock);
    expect(await resolve('10.1.2.3')).toEqual(['10.1.2.3']);
    expect(await resolve('fe80::1')).toEqual(['fe80::1']);
    const [first, second] = await Promise.all([resolve('localhost'), resolve('localhost')]);
    expect(first?.some((ip) => ip === '127.0.0.1' || ip === '::1')).toBe(true);
    // One look-up for both, and what it found is kept.
    expect(second).toBe(first);
    expect(await resolve('localhost')).toBe(first);
  });

  it('rejects with the system’s error, and asks again then', async () => {
    const resolve = createResolver(clock);
    for (let i = 0; i < 2; i++)
      await expect(resolve('no-such-host.invalid')).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });
});
