import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnixMs } from '../../../base/clock.ts';
import { isVedetteError } from '../../../base/errors.ts';
import { dateTime, parseDateTime } from './date-time.ts';
import { OpenApiFault } from './open-api-fault.ts';
import { postedAlerts } from './posted-alerts.ts';
import { postedSilence } from './posted-silence.ts';

const NOW = Date.UTC(2026, 0, 1) as UnixMs;

/** Values that look like what is wanted, and values that do not. */
const json = fc.jsonValue();
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'gate', '2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '.*', '('),
);
const field = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 6, arbitrary: good }, json);
const labels = fc.dictionary(text, field(text), { maxKeys: 4 });
const alert = fc.record(
  {
    labels: field(labels),
    annotations: field(labels),
    startsAt: field(text),
    endsAt: field(text),
    generatorURL: field(text),
  },
  { requiredKeys: [] },
);
const matcher = fc.record(
  { name: field(text), value: field(text), isRegex: field(fc.boolean()), isEqual: field(fc.boolean()) },
  { requiredKeys: [] },
);
const silence = fc.record(
  {
    id: field(text),
    matchers: field(fc.array(field(matcher), { maxLength: 3 })),
    startsAt: field(text),
    endsAt: field(text),
    createdBy: field(text),
    comment: field(text),
    annotations: field(labels),
  },
  { requiredKeys: [] },
);

describe('bodies of API v2', () => {
  it('of alerts are taken, or refused with a fault of the API', () => {
    fc.assert(
      fc.property(field(fc.array(field(alert), { maxLength: 4 })), (body) => {
        try {
          const { valid, faults } = postedAlerts(body, NOW, 300_000);
          expect(valid.length + faults.length).toBe((body as unknown[]).length);
          for (const { labels: set, startsAtMs, endsAtMs } of valid) {
            expect(set.size).toBeGreaterThan(0);
            expect(endsAtMs).toBeGreaterThanOrEqual(startsAtMs);
          }
        } catch (error) {
          if (!(error instanceof OpenApiFault)) throw error;
          expect([400, 422]).toContain(error.status);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of silences are taken, or refused with a fault of the API or of the silence', () => {
    fc.assert(
      fc.property(field(silence), fc.constantFrom(undefined, 'ada', 'token'), (body, user) => {
        try {
          const draft = postedSilence(body, user);
          expect(draft.matchers.length).toBeGreaterThan(0);
          expect(Number.isFinite(draft.startsAtMs) && Number.isFinite(draft.endsAtMs)).toBe(true);
          if (user === 'ada') expect(draft.createdBy).toBe('ada');
        } catch (error) {
          if (!(error instanceof OpenApiFault) && !isVedetteError(error, 'SILENCE_INVALID')) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('moments of API v2', () => {
  it('are read as they are written', () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });
    fc.assert(
      fc.property(moment, (ms) => {
        expect(parseDateTime(dateTime(ms))).toBe(ms);
      }),
    );
    const cases: Record<string, number> = {
      '2026-01-01T01:00:00+01:00': NOW,
      '2026-01-01T01:00:00+0100': NOW,
      '2026-01-01T00:00:00': NOW,
      '2026-01-01 00:00:00Z': NOW,
      '2026-01-01T00:00:00.123456789Z': NOW + 123,
      '2026-01-01t00:00z': NOW,
    };
    for (const [written, ms] of Object.entries(cases)) expect(parseDateTime(written), written).toBe(ms);
    expect(parseDateTime('0001-01-01T00:00:00Z')).toBeUndefined();
    for (const wrong of ['yesterday', '', '2026-13-01T00:00:00Z', '2026-01-01', '1'])
      expect(parseDateTime(wrong), wrong).toBeNaN();
  });
});
