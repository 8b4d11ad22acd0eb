import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ClassPolicies } from '../../src/fleet/health/class-policy.ts';
import { healthConfigSchema } from '../../src/fleet/health/index.ts';

it('docs/reference/fleet.md shows the defaults', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/fleet.md'), 'utf8');
  const [, block = ''] = /```yml\n([^]*?)```/.exec(page) ?? [];
  const shown = healthConfigSchema.parse((parse(block) as { fleet: { health: unknown } }).fleet.health);
  const defaults = healthConfigSchema.parse(undefined);
  expect({ ...shown, classes: {} }).toEqual(defaults);
  const [written, builtIn] = [new ClassPolicies(shown), new ClassPolicies(defaults)];
  for (const name of [undefined, 'traffic', 'evidence', 'indoor', 'wifi'])
    expect(written.of(name)).toEqual(builtIn.of(name));
});
