import { FAILURE_REASONS } from '@vedette/agent';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failures.ts';

describe('why a probe failed', () => {
  it.each(FAILURE_REASONS)('%s has words and an advice, one sentence each', (reason) => {
    const { reason: words, advice } = failureOf(reason);
    expect(words).toMatch(/^[A-Z].*[^.]$/);
    expect(advice).toMatch(/^[A-Z].*[.?]$/);
    expect(words).not.toBe(failureOf('nobody knows').reason);
  });

  it('a camera without credentials in the inventory is not said to reject them', () => {
    expect(failureOf('no_credentials').reason).toMatch(/none are known/);
    expect(failureOf('no_credentials').advice).toMatch(/inventory/);
    expect(failureOf('no_credentials').kind).toBe('credentials');
  });

  it('a connection that is closed before an answer is not said to be another device', () => {
    expect(failureOf('closed').reason).toBe('The connection is accepted and closed before an answer');
  });

  it.each(['protocol', 'dns', 'closed', 'refused', 'policy'] as const)(
    'nobody is sent to the power and cable of a camera whose probe fails by %s',
    (reason) => {
      expect(failureOf(reason).advice).not.toMatch(/power|cable/);
    },
  );

  it('a reason of somebody else is offline, and no property of an object', () => {
    expect(failureOf(undefined)).toEqual(failureOf('toString'));
    expect(failureOf(undefined).kind).toBe('offline');
  });
});
