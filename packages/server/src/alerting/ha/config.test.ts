import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkHighAvailability, highAvailabilitySchema } from './config.ts';

const sections = z
  .object({
    storage: z.object({ url: z.string().optional(), database: z.string() }),
    alerting: z.object({ high_availability: highAvailabilitySchema.optional() }),
  })
  .superRefine(checkHighAvailability);

function faults(storage: object, section: unknown): readonly string[] {
  const checked = sections.safeParse({
    storage: { database: 'vedette', ...storage },
    alerting: { high_availability: section },
  });
  return checked.success ? [] : checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

it('needs a server, a database beside that of the samples, and a name', () => {
  const url = 'http://clickhouse:8123';
  expect(faults({ url }, { name: 'vedette-1' })).toEqual([]);
  expect(faults({}, undefined)).toEqual([]);
  expect(faults({}, { name: 'a' })).toEqual([expect.stringMatching(/^alerting.high_availability: needs storage.url/)]);
  expect(faults({ url, database: 'vedettes' }, { name: 'a' })).toEqual([
    expect.stringMatching(/^alerting.high_availability.database: must not be storage.database/),
  ]);
  expect(faults({ url }, { name: '../x' })).toEqual([expect.stringMatching(/high_availability.name: must be letters/)]);
  expect(faults({ url }, {})).toHaveLength(1);
});
