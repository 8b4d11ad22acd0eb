import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HourTable, SAMPLES_PER_HOUR } from './hour-table.ts';

it('has the newest samples of each hour, whatever the order in which hours come and grow', () => {
  const sample = fc.record({ hour: fc.nat(23), value: fc.float({ noNaN: true, noDefaultInfinity: true }) });
  const samples = fc.array(sample, { maxLength: 400 });
  // Few hours, so that they fill up and forget.
  const narrow = samples.map((all) => all.map(({ hour, value }) => ({ hour: hour % 3, value })));
  fc.assert(
    fc.property(fc.oneof(samples, narrow), (all) => {
      const table = new HourTable();
      const plain = Array.from({ length: 24 }, () => ({ values: [] as number[], days: 0, lastSlot: -1 }));
      for (const [i, { hour, value }] of all.entries()) {
        table.add(hour, value, i, 1_500_000 + i);
        const known = plain[hour];
        if (known === undefined) continue;
        known.values = [...known.values, value].slice(-SAMPLES_PER_HOUR);
        known.days = i;
        known.lastSlot = 1_500_000 + i;
      }
      for (const [hour, known] of plain.entries()) {
        expect(table.values(hour)).toEqual(known.values);
        expect([table.days(hour), table.lastSlot(hour)]).toEqual([known.days, known.lastSlot]);
      }
    }),
  );
});
