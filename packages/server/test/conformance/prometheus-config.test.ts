import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/app/index.ts';
import { errorMessage, isVedetteError } from '../../src/base/errors.ts';
import { problemsOf } from '../../src/base/yaml-source.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = join(root, '../shared/conformance/prometheus-config');
const page = join(root, 'docs/compat/scraping.md');

/** Files whose name does not say what upstream does with them. */
const EXPECTED: Readonly<Record<string, boolean>> = {
  'agent_mode.with_alert_manager.yml': true,
  'agent_mode.with_remote_reads.yml': true,
  'agent_mode.with_rule_files.yml': true,
  'config_with_deprecated_am_api_config.yml': false,
  'otlp_allow_utf8.incompatible.yml': false,
  'otlp_no_translation.incompatible.yml': false,
  'scrape_config_default_validation_mode.yml': true,
  'scrape_config_local_global_validation_mode.yml': true,
  'scrape_config_local_infer_escaping.yml': true,
};

/** What `vedette check config` says; undefined when it accepts. */
async function check(file: string): Promise<string | undefined> {
  try {
    await checkConfiguration(file);
    return undefined;
  } catch (error) {
    expect(isVedetteError(error), errorMessage(error)).toBe(true);
    if (isVedetteError(error, 'CONFIG_INVALID'))
      for (const problem of problemsOf(error)) expect(problem.line).toBeGreaterThan(0);
    return errorMessage(error);
  }
}

/** The files that the page names as not decided. */
function listed(): readonly string[] {
  const section = /## Configuration files that are not decided\n([\s\S]*?)(\n## |$)/.exec(
    readFileSync(page, 'utf8'),
  )?.[1];
  return [...(section ?? '').matchAll(/`([^`]+\.yml)`/g)].map((match) => match[1] ?? '');
}

describe('configuration files of Prometheus', () => {
  it('are accepted and refused as upstream does, but for those that the documentation lists', async () => {
    if (!existsSync(folder)) {
      process.stdout.write('shared/conformance/prometheus-config absent: 146 upstream files not checked\n');
      return;
    }
    const documented = listed();
    const wrong: string[] = [];
    const differing: string[] = [];
    let agreeing = 0;
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.yml'))) {
      const wanted = EXPECTED[name] ?? (name.endsWith('.good.yml') || (name.endsWith('.bad.yml') ? false : undefined));
      const fault = await check(join(folder, name));
      if ((fault === undefined) === wanted) agreeing++;
      else if (documented.includes(name)) differing.push(name);
      else wrong.push(`${name}: ${fault ?? 'accepted'}`);
    }
    process.stdout.write(
      `prometheus-config: ${agreeing} of ${agreeing + differing.length + wrong.length} files agree, ${differing.length} differ as documented\n`,
    );
    expect(wrong).toEqual([]);
    // A file that has come to agree must leave the list in docs/compat/scraping.md.
    expect(documented.filter((name) => !differing.includes(name))).toEqual([]);
  });
});
