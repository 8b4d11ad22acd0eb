import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClosableCollector, createGpuCollector } from '@vedette/agent';
import { parseExposition, parseSeriesText } from '@vedette/wire/exposition';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseAliasFile } from '../../src/metrics/query/index.ts';
import { SystemClock } from '../../src/base/clock.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const fixtures = resolve(root, '../shared/fixtures/gpu');
const captures = join(fixtures, 'nvidia-smi-captures');
const present = existsSync(captures);
if (!present) console.info('shared/fixtures/gpu absent: captures of real GPUs are not read');

/** GPU and state of a capture → the page that a good exporter makes of it; not every state has one. */
const PAGES = present ? readdirSync(fixtures).filter((name) => name.endsWith('.metrics')) : [];

/**
 * Plays a capture as nvidia-smi: sections of it begin with a banner that names the command. Fields are asked for one by one and in
 * another order than in the capture, so cells are found by the header's names.
 */
const PLAYER = `
import { readFileSync } from 'node:fs';
const [file, state, ...args] = process.argv.slice(2);
const sections = readFileSync(file, 'utf8').split(/^#{80}\\n# /m);
const after = (start) => {
  const at = sections.findIndex((section) => section.startsWith(start));
  return sections[at].slice(sections[at].indexOf('#'.repeat(80)) + 81);
};
const body = (title) => after(title).trim();
const option = (name) => args.find((arg) => arg.startsWith(name + '='))?.slice(name.length + 1);
if (args.includes('--help-query-gpu')) process.stdout.write(body('capabilities :: help-query-gpu'));
else if (option('--query-compute-apps')) {
  const [header, ...rows] = body(state + ' :: query-compute-apps').split('\\n').filter((line) => line.includes(','));
  const names = header.split(',').map((cell) => cell.split('[')[0].trim());
  for (const row of rows) {
    const cells = row.split(', ');
    console.log(option('--query-compute-apps').split(',').map((name) => cells[names.indexOf(name)]).join(', '));
  }
} else {
  const [header, ...rows] = body(state + ' :: query-gpu').split('\\n').filter((line) => line.includes(','));
  const headers = header.split(', ');
  const names = headers.map((cell) => cell.split('[')[0].trim());
  const asked = option('--query-gpu').split(',');
  console.log(asked.map((name) => headers[names.indexOf(name)]).join(', '));
  for (const row of rows) {
    const cells = row.split(', ');
    console.log(asked.map((name) => cells[names.indexOf(name)]).join(', '));
  }
  setInterval(() => undefined, 60_000);
}
`;

type Page = ReadonlyMap<string, number>;

/** Name and labels but \`gpu\` → value. */
function read(page: string): Page {
  const samples = new Map<string, number>();
  parseExposition(page, 'text', {
    expectedSeries: '',
    expectedComment: '',
    comment: () => undefined,
    sample: (text, start, end, value) => {
      const pairs = parseSeriesText(text.slice(start, end));
      const labels: string[] = [];
      let name = '';
      for (let i = 0; i < pairs.length; i += 2) {
        const value = pairs[i + 1] ?? '';
        if (pairs[i] === '__name__') name = value;
        else if (pairs[i] === 'process_name') labels.push(`process=${value.split('/').at(-1)}`);
        else if (pairs[i] !== 'gpu' && pairs[i] !== 'uuid') labels.push(`${pairs[i]}=${value}`);
      }
      samples.set(`${name}{${labels.sort().join(',')}}`, value);
    },
  });
  return samples;
}

/** Names of the exporter's page that have no spelling in the catalogue, since they need a label → ours. */
const WITH_LABEL: Readonly<Record<string, string>> = {
  'nvidia_smi_clocks_current_graphics_clock_hz{}': 'gpu_clock_hertz{type=graphics}',
  'nvidia_smi_clocks_current_sm_clock_hz{}': 'gpu_clock_hertz{type=sm}',
  'nvidia_smi_clocks_current_memory_clock_hz{}': 'gpu_clock_hertz{type=memory}',
  'nvidia_smi_clocks_current_video_clock_hz{}': 'gpu_clock_hertz{type=video}',
};

/** Canonical series for each of the exporter's series that the catalogue of aliases knows. */
function canonical(page: Page): Page {
  const file = parseAliasFile(readFileSync(join(root, 'catalog/aliases.yaml'), 'utf8'), 'catalog/aliases.yaml');
  const known = new Map<string, { name: string; times: number; where: readonly string[] }>();
  for (const family of file.families) {
    for (const { name, times, where } of family.spellings) {
      const labels = Object.entries(where).map(([label, value]) => `${label}=${value}`);
      known.set(name, { name: family.name, times, where: labels });
    }
  }
  const converted = new Map<string, number>();
  for (const [series, value] of page) {
    const [name = '', labels = ''] = series.replace('}', '').split('{');
    const alias = known.get(name);
    if (alias) {
      const all = [...(labels === '' ? [] : labels.split(',')), ...alias.where].sort();
      converted.set(`${alias.name}{${all.join(',')}}`, value / alias.times);
    } else if (WITH_LABEL[series] !== undefined) converted.set(WITH_LABEL[series], value);
  }
  return converted;
}

describe.runIf(present)('captures of real GPUs', () => {
  const open: ClosableCollector[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'vedette-gpu-'));
  const player = join(folder, 'player.mjs');
  writeFileSync(player, PLAYER);

  afterEach(async () => {
    await Promise.all(open.splice(0).map((collector) => collector.close()));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  async function collect(capture: string, state: string): Promise<string> {
    const collector = createGpuCollector({
      clock: new SystemClock(),
      nvidia: { command: [process.execPath, player, join(captures, capture), state], intervalMs: 1_000 },
      root: folder,
      kernelLog: false,
    });
    open.push(collector);
    let page = '';
    // Processes come from a run of their own, which is not waited for.
    await expect
      .poll(async () => (page = await collector.collect(AbortSignal.timeout(20_000))), { timeout: 10_000 })
      .toContain('gpu_processes{');
    return page;
  }

  const cases = (present ? readdirSync(captures) : [])
    .filter((name) => name.endsWith('.txt'))
    .flatMap((capture) => ['idle', 'load'].map((state) => ({ capture, state })));

  it.each(cases)(
    '$capture, $state: every figure that a good exporter shows is the same here',
    async ({ capture, state }) => {
      const ours = read(await collect(capture, state));
      const reference = PAGES.find(
        (page) => page.startsWith(capture.replace('.txt', '')) && page.includes(`__${state}.`),
      );
      // A GPU that is cut into instances has no utilisation of its own, and says so.
      if (!capture.includes('-mig_')) {
        expect(ours.get('gpu_utilization_ratio{}')).toBeGreaterThanOrEqual(0);
        expect(ours.get('gpu_memory_total_bytes{}')).toBeGreaterThan(1e9);
      }
      if (reference === undefined) return;
      const theirs = canonical(read(readFileSync(join(fixtures, reference), 'utf8')));
      expect(theirs.size).toBeGreaterThan(25);
      const differing = [...theirs].filter(([series, value]) => {
        const own = ours.get(series);
        return own === undefined || Math.abs(own - value) > Math.abs(value) * 1e-9;
      });
      expect(differing.map(([series, value]) => `${series}: ${value}, here ${ours.get(series)}`)).toEqual([]);
    },
  );
});

const NVIDIA_SMI = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8' });
const real = NVIDIA_SMI.status === 0;
if (!real) console.info('no NVIDIA GPU here: nvidia-smi is not run');

describe.runIf(real)('the GPU of this machine', () => {
  it.each(['csv', 'xml'] as const)('is read by %s', async (format) => {
    const collector = createGpuCollector({ clock: new SystemClock(), nvidia: { format, intervalMs: 1_000 } });
    try {
      const page = read(await collector.collect(AbortSignal.timeout(30_000)));
      expect(page.get('gpu_memory_total_bytes{}')).toBeGreaterThan(1e8);
      expect(page.get('gpu_temperature_celsius{}')).toBeGreaterThan(0);
    } finally {
      await collector.close();
    }
  });
});
