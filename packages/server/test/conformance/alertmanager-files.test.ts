import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RECEIVER_KINDS, loadAlertmanagerFile } from '../../src/alerting/index.ts';
import { problemsOf } from '../../src/base/yaml-source.ts';

/** Upstream's files, and those of the seeds, lie beside the repository on machines that have them. */
const shared = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared');
const folder = join(shared, 'conformance/alertmanager');

interface Case {
  readonly file: string;
  /** `ok`, `error`, `error: text`, or `?`: loaded or refused, but no crash. */
  readonly expected: string;
}

function cases(): readonly Case[] {
  if (!existsSync(folder)) {
    process.stdout.write('shared/conformance/alertmanager absent: upstream files were not checked\n');
    return [];
  }
  return readFileSync(join(folder, 'expected.tsv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [file = '', expected = ''] = line.split('\t');
      return { file, expected };
    });
}

/** `ok`, or the different messages without place and remedy. Anything but a refusal at a place is a crash. */
function outcome(path: string): readonly string[] | 'ok' {
  try {
    loadAlertmanagerFile(path, { kinds: RECEIVER_KINDS });
    return 'ok';
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return [...new Set(problems.map(({ message }) => message))];
  }
}

/** Kinds that a file asks for and this build does not have: its verdict is about them alone. */
function missingKinds(path: string): readonly string[] {
  const known = new Set(RECEIVER_KINDS.map(({ key }) => key));
  return [...new Set(readFileSync(path, 'utf8').match(/^\s*-?\s*(\w+_configs):/gm) ?? [])]
    .map((line) => line.replace(/[\s:-]/g, ''))
    .filter((key) => !known.has(key));
}

const all = cases();

describe.skipIf(all.length === 0)("upstream's Alertmanager files", () => {
  const waiting = all.filter(({ file }) => missingKinds(join(folder, file)).length > 0);
  if (waiting.length > 0) {
    const kinds = [...new Set(waiting.flatMap(({ file }) => missingKinds(join(folder, file))))].sort();
    process.stdout.write(`${waiting.length} files wait for receivers that are not there: ${kinds.join(', ')}\n`);
  }

  it('all of them are listed', () => {
    expect(all.length).toBeGreaterThanOrEqual(36);
  });

  it.each(all.filter((one) => !waiting.includes(one)))('$file: $expected', ({ file, expected }) => {
    const found = outcome(join(folder, file));
    if (expected === '?') return;
    if (expected === 'ok') expect(found).toBe('ok');
    else if (expected === 'error') expect(found).not.toBe('ok');
    // Upstream stops at the first fault; here each receiver that has it is named.
    else expect([...new Set(found)]).toEqual([expected.replace(/^error: /, '')]);
  });
});

describe.skipIf(!existsSync(shared))("the seeds' Alertmanager files", () => {
  const isWhole = (path: string): boolean => missingKinds(path).length === 0;

  it('S4: read as it stands', () => {
    const path = join(shared, 'seed-samples/s4-alertmanager.yml');
    if (isWhole(path)) expect(outcome(path)).toBe('ok');
  });

  it('S0: the placeholder in the place of an address is refused at its path', () => {
    const path = join(shared, 'seed-samples/inner/s0-alertmanager.yml');
    if (!isWhole(path)) return;
    expect(() => loadAlertmanagerFile(path, { kinds: RECEIVER_KINDS })).toThrow(
      /inner\/s0-alertmanager\.yml:36:5: receivers\[2\]\.slack_configs\[0\]\.api_url: unsupported scheme "" for URL: must be an http or https URL/,
    );
  });
});
