import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPromqlScript } from '../../src/app/index.ts';

const own = join(import.meta.dirname, 'cases');
const upstream = join(import.meta.dirname, '../../../../../shared/conformance/promqltest');

/** Upstream evaluations that pass, per file: a floor, so that none is lost unnoticed. */
const PASSED: Readonly<Record<string, number>> = {
  'aggregators.test': 160,
  'collision.test': 2,
  'duration_expression.test': 59,
  'extended_vectors.test': 169,
  'fill-modifier.test': 46,
  'functions.test': 431,
  'info.test': 53,
  'limit.test': 37,
  'literals.test': 25,
  'name_label_dropping.test': 30,
  'native_histograms.test': 514,
  'range_queries.test': 18,
  'selectors.test': 31,
  'start_timestamps.test': 26,
  'trig_functions.test': 19,
  'type_and_unit.test': 58,
};

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
  let failed = 0;
  let passed = 0;

  it.each(Object.entries(PASSED))('%s: %i evaluations pass', async (file, floor) => {
    const report = await runPromqlScript(readFileSync(join(upstream, file), 'utf8'));
    passed += report.passed;
    failed += report.failures.length;
    expect(report.passed, JSON.stringify(report.failures.slice(0, 5), undefined, 1)).toBeGreaterThanOrEqual(floor);
  });

  it('covers every file there is', () => {
    expect(readdirSync(upstream).filter((name) => name.endsWith('.test'))).toEqual(Object.keys(PASSED));
    process.stdout.write(`promqltest: ${passed} upstream evaluations passed, ${failed} failed\n`);
  });
});
