import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', '', '  c: d', '- e'), { maxLength: 12 });
const text = fc.tuple(lines, fc.boolean()).map(([all, ends]) => all.join('\n') + (ends && all.length > 0 ? '\n' : ''));

function patched(before: string, diff: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-diff-'));
  writeFileSync(join(folder, 'rules.yml'), before);
  execFileSync('patch', ['-s', '-p1', '--no-backup-if-mismatch', '-d', folder], { input: diff });
  return readFileSync(join(folder, 'rules.yml'), 'utf8');
}

describe('a unified diff', () => {
  it('makes the one text of the other, by the real patch', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before !== '' && after !== '');
        expect(patched(before, unifiedDiff('rules.yml', before, after))).toBe(after);
      }),
      { numRuns: 60 },
    );
  });

  it('is nothing when nothing differs, and shows three lines around a change', () => {
    expect(unifiedDiff('x', 'a\n', 'a\n')).toBe('');
    expect(unifiedDiff('x', '1\n2\n3\n4\n5\n6\n7\n8\n9\n', '1\n2\n3\n4\nfive\n6\n7\n8\n9\n')).toBe(
      '--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
    );
  });
});
