import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPromqlScript } from '../../src/app/index.ts';

const own = join(import.meta.dirname, 'cases');
const upstream = join(import.meta.dirname, '../../../../../shared/conformance/promqltest');

describe('scripted PromQL tests of our own', () => {
  for (const file of readdirSync(own).filter((name) => name.endsWith('.test'))) {
    it(`${file} passes whole`, async () => {
      const report = await runPromqlScript(readFileSync(join(own, file), 'utf8'));
      expect(report.failures).toEqual([]);
      expect(report.passed).toBeGreaterThan(0);
    });
  }
});

describe('scripted PromQL tests of Prometheus', () => {
  if (!existsSync(upstream)) {
    it('are not here: one line says so', () => {
      process.stdout.write('shared/conformance/promqltest absent: 1,685 upstream cases not run\n');
      expect(readdirSync(own).length).toBeGreaterThan(0);
    });
    return;
  }
  const files = readdirSync(upstream).filter((name) => name.endsWith('.test'));
  let passed = 0;

  it.each(files)('%s passes whole', async (file) => {
    const report = await runPromqlScript(readFileSync(join(upstream, file), 'utf8'));
    passed += report.passed;
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(0);
  });

  it('are all there', () => {
    expect(files.length).toBeGreaterThan(15);
    expect(passed).toBeGreaterThan(1_680);
    process.stdout.write(`promqltest: ${passed} upstream evaluations passed\n`);
  });
});
