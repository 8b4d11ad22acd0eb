import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { isVedetteError } from '../../base/errors.ts';
import { noiseRequest } from './noise/request.ts';
import { parseFilter } from './filter.ts';
import { cursorText, historyRequest } from './request.ts';

const NOW = unixMs(Date.UTC(2026, 10, 29));

/** True when the work throws nothing but a refusal of a parameter. */
function isRefusedOrTaken(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    return isVedetteError(error, 'QUERY_BAD_PARAMETER');
  }
}

it('a filter keeps every value, quoted as JSON', () => {
  const name = fc.constantFrom('a', 'camera', '_site', 'Z9');
  fc.assert(
    fc.property(
      name,
      fc.constantFrom('=', '!='),
      fc.oneof(fc.string(), fc.constantFrom('\u0000', '"', '\\', '\n', 'ü\ud83d', ' x ')),
      (label, operator, value) => {
        const parsed = parseFilter(` ${label} ${operator} ${JSON.stringify(value)} `);
        expect([parsed.name, parsed.operator, parsed.value]).toEqual([label, operator, value]);
      },
    ),
  );
});

it('a value may be written without quotes', () => {
  expect(parseFilter('camera=gate 1')).toMatchObject({ name: 'camera', operator: '=', value: 'gate 1' });
  expect(parseFilter('camera=~gate-.*').matches('gate-7')).toBe(true);
  expect(parseFilter('camera=')).toMatchObject({ value: '' });
});

it('whatever comes as parameters is taken, or refused with the name of the parameter', () => {
  const names = [
    'start',
    'end',
    'filter',
    'state',
    'fingerprint',
    'rule',
    'group',
    'receiver',
    'limit',
    'cursor',
    'days',
    'night',
    'time_zone',
  ];
  const value = fc.oneof(
    fc.string(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.constantFrom(
      '6h',
      '-1',
      '1e308',
      'NaN',
      '0x10',
      '2026-11-29',
      '2026-11-29T00:00:00Z',
      'firing',
      '1-2',
      'a=~"("',
      'Europe/Berlin',
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (query) => {
      expect(isRefusedOrTaken(() => historyRequest(query, NOW))).toBe(true);
      expect(isRefusedOrTaken(() => noiseRequest(query, NOW))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('a cursor comes back as it was given', () => {
  fc.assert(
    fc.property(fc.nat({ max: 9_999_999_999_999 }), fc.nat({ max: 2 ** 32 - 1 }), (atMs, seq) => {
      expect(historyRequest({ cursor: cursorText({ atMs, seq }) }, NOW).cursor).toEqual({ atMs, seq });
    }),
  );
});
