import { describe, expect, it } from 'vitest';
import { deliveryOf, retryAfterMs, statusReason, withoutSecrets } from './retry.ts';

const answer = (status: number, retryAfter = '', words = '') => ({ status, retryAfter, words });

describe('what an answer means for a notification', () => {
  it.each([
    [200, { ok: true }],
    [204, { ok: true }],
    [301, { ok: false, retry: false, reason: 'HTTP status 301' }],
    [400, { ok: false, retry: false, reason: 'HTTP status 400' }],
    [429, { ok: false, retry: true, reason: 'HTTP status 429' }],
    [500, { ok: false, retry: true, reason: 'HTTP status 500' }],
    [503, { ok: false, retry: true, reason: 'HTTP status 503' }],
  ])('%i', (status, delivery) => {
    expect(deliveryOf(answer(status), 0)).toEqual(delivery);
  });

  it('hears Retry-After in seconds, fractions and dates, and only where it is tried again', () => {
    expect(deliveryOf(answer(429, '3'), 1_000)).toMatchObject({ retryAfterMs: 4_000 });
    expect(deliveryOf(answer(503, '0.5'), 1_000)).toMatchObject({ retryAfterMs: 1_500 });
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 0)).toBe(10_000);
    expect(retryAfterMs('soon', 0)).toBeUndefined();
    expect(retryAfterMs('', 0)).toBeUndefined();
    expect(deliveryOf(answer(400, '3'), 0)).not.toHaveProperty('retryAfterMs');
  });

  it('quotes the first words of the answer on one line', () => {
    expect(statusReason(answer(400, '', ' no\n such\troom '))).toBe('HTTP status 400: no such room');
    expect(statusReason(answer(400, '', 'x'.repeat(1e6))).length).toBeLessThan(300);
  });

  it('never shows a secret', () => {
    expect(withoutSecrets('POST /bot1:AB/send: bad token 1:AB', ['1:AB', undefined, ''])).toBe(
      'POST /bot<secret>/send: bad token <secret>',
    );
  });
});
