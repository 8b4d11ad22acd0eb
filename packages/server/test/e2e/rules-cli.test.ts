import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './vedette-process.ts';

const launcher = join(root, 'bin/vedette');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-rules-cli-'));
  writeFileSync(
    join(folder, 'sound.yml'),
    'groups:\n  - name: g\n    rules:\n      - { alert: Down, expr: up == 0 }\n',
  );
  writeFileSync(
    join(folder, 'twice.yml'),
    'groups:\n  - name: g\n    rules:\n      - { record: a, expr: up }\n      - { record: a, expr: up }\n',
  );
  writeFileSync(join(folder, 'broken.yml'), 'groups:\n  - name: g\n    rules:\n      - { record: a, expr: up + }\n');
  writeFileSync(
    join(folder, 'extra.yml'),
    'groups:\n  - name: g\n    owner: me\n    rules:\n      - { record: a, expr: up }\n',
  );
  const test = (down: number): string =>
    `rule_files: [sound.yml]\ntests:\n  - name: down ${down}\n    input_series: [{ series: up, values: ${down} }]\n    alert_rule_test: [{ alertname: Down, exp_alerts: [{}] }]\n`;
  writeFileSync(join(folder, 'passes.yml'), test(0));
  writeFileSync(join(folder, 'fails.yml'), test(1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function vedette(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: folder,
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

describe('vedette check rules', () => {
  it.each([
    [['sound.yml'], 0],
    [['sound.yml', 'twice.yml'], 0],
    [['--lint-fatal', 'sound.yml'], 0],
    [['--lint-fatal', 'sound.yml', 'twice.yml'], 3],
    [['--lint-fatal', '--lint=none', 'twice.yml'], 0],
    [['--lint-fatal', 'twice.yml', 'broken.yml'], 1],
    [['broken.yml', 'sound.yml'], 1],
    [['extra.yml'], 1],
    [['--ignore-unknown-fields', 'extra.yml'], 0],
    [['gone.yml'], 1],
  ] as const)('%j exits with %d', (args, code) => {
    expect(vedette(['check', 'rules', ...args])).toMatchObject({ status: code });
  });

  it('says each fault at its place, and goes on with the other files', () => {
    const { stdout, stderr } = vedette(['check', 'rules', 'broken.yml', 'twice.yml']);
    expect(stdout).toBe('twice.yml: 2 rules in 1 group, 1 lint\n');
    expect(stderr).toMatch(/broken\.yml:4:\d+: groups\[0\]\.rules\[0\]\.expr: /);
    expect(stderr).toMatch(/twice\.yml:4: lint: a\{\} is written again on line 5/);
  });

  it('reads standard input when no file is named', () => {
    const sound = vedette(['check', 'rules'], readFileSync(join(folder, 'sound.yml'), 'utf8'));
    expect(sound).toMatchObject({ status: 0, stdout: 'standard input: 1 rule in 1 group\n' });
    expect(vedette(['check', 'rules'], 'groups: 1\n').status).toBe(1);
  });
});

describe('vedette test rules', () => {
  it('exits with 0 when all pass and with 1 when one fails, and writes JUnit', () => {
    expect(vedette(['test', 'rules', 'passes.yml'])).toMatchObject({
      status: 0,
      stdout: 'passes.yml: 1 passed, 0 failed\n1 test: 1 passed, 0 failed\n',
    });
    const failed = vedette(['test', 'rules', '--junit', 'out.xml', 'passes.yml', 'fails.yml']);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('FAILED: down 1 (fails.yml:3)');
    expect(failed.stdout).toContain('2 tests: 1 passed, 1 failed');
    expect(readFileSync(join(folder, 'out.xml'), 'utf8')).toContain('<testsuites tests="2" failures="1" errors="0">');
    expect(vedette(['test', 'rules', '--run', 'down 0', 'passes.yml', 'fails.yml']).status).toBe(0);
    expect(vedette(['test', 'rules', 'gone.yml']).status).toBe(1);
  });
});
