import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  AliasBook,
  MemorySelector,
  aliasingSelector,
  openQueryEngine,
  parseAliasFile,
} from '../../src/metrics/query/index.ts';
import { unixMs } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const path = join(root, 'catalog/aliases.yaml');
const file = parseAliasFile(readFileSync(path, 'utf8'), 'catalog/aliases.yaml');
const catalogue = resolve(root, '../shared/seed-catalog.md');

/** Named an alias in the guides' catalogue and none here, with the reason. */
const NO_ALIAS = new Map([
  ['S2-M01', 'its labels differ, not its name; docs/reference/aliases.md'],
  ['S4-M05', 'canonical itself; the spelling is S4-M04'],
]);

const ids = new Set([
  ...file.families.flatMap((family) => [...family.from, ...family.spellings.flatMap((spelling) => spelling.from)]),
  ...file.derived.flatMap((derived) => derived.from),
]);

describe('the catalogue of aliases', () => {
  it('defines each name once', () => {
    expect(new AliasBook(file).size).toBeGreaterThan(60);
  });

  it.each([...new AliasBook(file).names()])('%s answers from any other spelling of its figure', async (name) => {
    const book = new AliasBook(file);
    const entry = book.get(name);
    const stored =
      entry?.conversions.map(({ metric, require }) => ({ metric, labels: Object.fromEntries(require) })) ?? [];
    const sources = entry?.derived
      ? [
          [entry.derived.rate, entry.derived.age, entry.derived.sum, ...(entry.derived.ratio ?? [])].filter(
            (one) => one !== undefined,
          ),
        ]
      : stored.map(({ metric }) => [metric]);
    expect(sources.length, name).toBeGreaterThan(0);
    for (const [at, metrics] of sources.entries()) {
      const memory = new MemorySelector();
      for (const metric of metrics) {
        const labels = Labels.fromObject({ ...stored[at]?.labels, __name__: metric, le: '1' });
        memory.add(labels, 0, 1);
        memory.add(labels, 10_000, 2);
      }
      const store = Object.assign(memory, { metadata: () => new Map() });
      const engine = openQueryEngine({
        selector: aliasingSelector(store, book),
        clock: new VirtualClock(unixMs(20_000)),
      });
      const answer = await engine.instant(name, unixMs(20_000), { signal: new AbortController().signal });
      expect(answer.type === 'vector' && answer.samples.length, `${name} from ${metrics.join(' and ')}`).toBe(1);
    }
  });

  const present = existsSync(catalogue);
  if (!present) console.info('shared/seed-catalog.md absent: aliases are not compared with it');

  it.runIf(present)('has every spelling for which the guides name another', () => {
    const rows = readFileSync(catalogue, 'utf8')
      .split('\n')
      .map((line) => /^\| (S\d-M\d+) \| ([a-z_]+) \|.*?\| ([^|]*) \|$/.exec(line))
      .filter((row) => row !== null)
      .filter(([, , , note = '']) => /alias|derive =|→ rate|`sum\(/.test(note));
    expect(rows.length).toBeGreaterThan(20);
    const missing = rows.map(([, id = '']) => id).filter((id) => !ids.has(id) && !NO_ALIAS.has(id));
    expect(missing).toEqual([]);
  });
});
