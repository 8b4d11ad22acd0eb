import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorMessage, isVedetteError } from '../../src/base/errors.ts';
import { checkSource, problemsOf, readYaml } from '../../src/base/yaml-source.ts';
import { receiveSections, resolveReceive } from '../../src/metrics/receive/index.ts';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared/conformance/prometheus-config');

/** Sections that receiving reads; files about other sections are other rooms' business. */
const OURS = new Set(['global', 'scrape_configs', 'scrape_config_files']);

/** Accept-or-reject agreements with upstream may grow, never shrink. */
const AGREEMENT_MIN = 0.98;

function check(file: string): string | undefined {
  try {
    const [source] = readYaml(readFileSync(file, 'utf8'), file);
    if (source) resolveReceive(checkSource(source, receiveSections), file);
    return undefined;
  } catch (error) {
    expect(isVedetteError(error), errorMessage(error)).toBe(true);
    if (isVedetteError(error, 'CONFIG_INVALID'))
      for (const problem of problemsOf(error)) expect(problem.line).toBeGreaterThan(0);
    return errorMessage(error);
  }
}

describe('configuration files of Prometheus', () => {
  it('are accepted and rejected as upstream does, but for what we refuse by name', () => {
    if (!existsSync(folder)) {
      process.stdout.write('shared/conformance/prometheus-config absent: 91 upstream cases not run\n');
      return;
    }
    const disagreements: string[] = [];
    let cases = 0;
    for (const name of readdirSync(folder).filter((entry) => /\.(good|bad)\.yml$/.test(entry))) {
      const path = join(folder, name);
      const sections = [...readFileSync(path, 'utf8').matchAll(/^([a-z_]+):/gm)].map((match) => match[1] ?? '');
      if (sections.length === 0 || !sections.every((section) => OURS.has(section))) continue;
      const fault = check(path);
      const refusedByName = fault !== undefined && /not supported|cannot read/.test(fault);
      const wanted = name.endsWith('.good.yml');
      cases++;
      if ((fault === undefined) !== wanted && !(wanted && refusedByName))
        disagreements.push(`${name}: ${fault ?? 'accepted'}`);
    }
    process.stdout.write(
      `prometheus-config: ${cases - disagreements.length} of ${cases} files agree${disagreements.map((line) => `\n  ${line}`).join('')}\n`,
    );
    expect(cases).toBeGreaterThan(60);
    expect((cases - disagreements.length) / cases).toBeGreaterThanOrEqual(AGREEMENT_MIN);
  });
});
