import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { ExpositionFormat } from '@vedette/wire/exposition';
import { SystemClock } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { ImportProgress, count } from './import-progress.ts';
import { type ImportSource, importSource } from './import-source.ts';
import { importTarget } from './import-target.ts';
import { print, printError } from './terminal.ts';

interface ImportFlags {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly config?: string;
  readonly data?: string;
  readonly format?: ExpositionFormat;
  readonly label: readonly string[];
  readonly quiet?: boolean;
}

/** Some samples were not taken: they are older than what is kept, ahead of the clock, or beyond the limit of series. */
const EXIT_REFUSED = 2;

export function importCommand(): Command {
  return new Command('import')
    .description('Store metrics from files: OpenMetrics or Prometheus text, with times.')
    .argument('<files...>', 'files, also gzip-compressed ones; - is standard input')
    .option(
      '--server <url>',
      'send to this server (default: the one the configuration says listens here; when none runs, the data directory is filled directly)',
    )
    .option('--token-file <file>', 'send the bearer token in this file')
    .option('--config <file>', 'the configuration whose server or data directory is meant')
    .option('--data <folder>', 'the data directory, when no server runs (default: ./data)')
    .addOption(
      new Option(
        '--format <format>',
        'times in seconds or milliseconds (default: openmetrics when the file ends with # EOF)',
      ).choices(['openmetrics', 'text']),
    )
    .option('--label <name=value>', 'set this label on every sample; may be repeated', collect, [])
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Samples may be days late and come in any order; samples that are stored already change nothing.
Progress goes to standard error. Exit codes: 0 all stored; 1 a file cannot be read or a line is wrong (what stood before
it is stored, the message says how much); 2 read to the end, and some samples were refused.

Examples:
  vedette import january.om february.om.gz --format openmetrics
  promtool tsdb dump-openmetrics /var/lib/prometheus | vedette import - --format openmetrics
  vedette import --server http://vedette:9600 --token-file token --label site=north camera.prom`,
    )
    .action(run);
}

async function run(files: readonly string[], flags: ImportFlags): Promise<void> {
  const labels = flags.label.map(labelOf);
  const sources: ImportSource[] = [];
  for (const file of files) sources.push(await importSource(file, flags.format));
  const target = await importTarget(flags, await headersOf(flags.tokenFile));
  const total = sources.reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
  const clock = new SystemClock();
  const output = {
    isTerminal: process.stderr.isTTY === true,
    write: (text: string) => (flags.quiet === true ? true : process.stderr.write(text)),
  };
  const progress = new ImportProgress(output, () => clock.monotonicMs(), total);
  let bytes = 0;
  let stored = 0;
  let refused = 0;
  const reasons = new Set<string>();
  try {
    for (const source of sources) {
      const before = stored;
      const text = source.read((read) => {
        bytes += read;
      });
      const result = await target
        .take(text, source.format, labels, (samples) => progress.update(before + samples, bytes))
        .catch((error: unknown) => {
          throw new VedetteError('INGEST_INVALID', `${source.name}: ${errorMessage(error)}`, { cause: error });
        });
      stored += result.stored;
      refused += result.refused;
      for (const reason of result.reasons) reasons.add(reason);
    }
  } finally {
    progress.end();
    await target.close();
  }
  const seconds = progress.elapsedMs / 1_000;
  print(
    `${count(stored)} samples stored in ${seconds.toFixed(1)} s (${count(Math.round(stored / Math.max(seconds, 0.001)))} samples/s) in ${target.description}`,
  );
  if (refused === 0) return;
  process.exitCode = EXIT_REFUSED;
  printError(`${count(refused)} samples were refused: ${[...reasons].join(', ')}`);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function labelOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new VedetteError('CONFIG_INVALID', `--label: "${text}" is not name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function headersOf(tokenFile: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (tokenFile === undefined) return {};
  try {
    return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read the token file ${tokenFile}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
