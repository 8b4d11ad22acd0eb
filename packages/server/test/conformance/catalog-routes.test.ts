import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RouteTests } from '../../src/app/index.ts';
import { unixMs } from '../../src/base/clock.ts';

const folder = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../../..'), 'catalog/alerting');
const tests = new RouteTests({ config: join(folder, 'vedette.yaml') }, unixMs(Date.UTC(2026, 0, 7, 12)));

describe('the routes of the catalogue', () => {
  it('take every alert where their own expectations say', () => {
    const report = tests.run(join(folder, 'routes.test.yaml'));
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(10);
  });

  it('tell somebody of every alert that asks for something, at every hour or the next morning', () => {
    for (const severity of ['info', 'warning', 'critical', 'emergency'])
      for (const team of ['security', 'ml', 'infrastructure', 'business', 'nobody-knows'])
        for (const hour of ['03', '11', '20']) {
          const answer = tests.path(
            `severity=${severity},team=${team},environment=production`,
            `2026-01-10T${hour}:00:00Z`,
          );
          expect(answer.routes.every(({ receiver }) => receiver !== 'nobody')).toBe(true);
          expect(answer.escalation.flatMap(({ levels }) => levels.flatMap(({ targets }) => targets))).not.toEqual([]);
          for (const { levels } of answer.escalation)
            for (const { targets } of levels) expect(targets.every(({ receiver }) => receiver !== null)).toBe(true);
        }
  });
});
