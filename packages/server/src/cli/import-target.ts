import type { ExpositionFormat } from '@vedette/wire/exposition';
import { type Flags, externalUrl, loadConfig, openOfflineStore } from '../app/index.ts';
import { SystemClock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';
import { type ImportResult, SampleImporter } from '../metrics/api/index.ts';

/** Takes the text of one source after the other. */
export interface ImportTarget {
  readonly description: string;
  /** Stores a source; `onStored` hears the sums as they grow. */
  take(
    chunks: AsyncIterable<Buffer>,
    format: ExpositionFormat,
    labels: readonly (readonly [string, string])[],
    onStored: (samples: number) => void,
  ): Promise<ImportResult>;
  close(): Promise<void>;
}

/** Text of one request; its answer says what is stored so far. */
const REQUEST_BYTES = 4 * 1024 * 1024;
/** A line is sent whole. */
const LINE_BYTES_MAX = 1024 * 1024;
const CLOSE_DEADLINE_MS = 60_000;
const EXIT_DELAY_MS = 50;
const LINE_FEED = 10;
const END = Buffer.from('# EOF\n');

/**
 * The server at `--server`; else the one that the configuration says listens here, when it runs; else the data directory itself.
 */
export async function importTarget(
  flags: Flags & { readonly server?: string; readonly tokenFile?: string },
  headers: Readonly<Record<string, string>>,
): Promise<ImportTarget> {
  if (flags.server !== undefined) return new ServerTarget(flags.server, headers);
  const here = externalUrl(loadConfig(flags)).replace('://0.0.0.0', '://127.0.0.1');
  if (await answers(here)) return new ServerTarget(here, headers);
  const store = await openOfflineStore(flags, (line) => process.stderr.write(line));
  const clock = new SystemClock();
  const { signal } = new AbortController();
  return {
    description: `${store.dataDir} (no server runs at ${here})`,
    take: async (chunks, format, extraLabels, onStored) => {
      const importer = new SampleImporter({ sink: store.sink, clock }, { format, extraLabels, signal });
      for await (const chunk of chunks) {
        await importer.push(chunk);
        onStored(importer.result.stored);
      }
      return importer.finish();
    },
    close: async () => {
      await store.close(AbortSignal.timeout(CLOSE_DEADLINE_MS));
      // What the engine keeps running would hold the process; the last words get a moment to leave.
      void clock.sleep(EXIT_DELAY_MS).then(() => process.exit());
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(new URL('-/healthy', `${url}/`));
    return true;
  } catch {
    // Nothing listens there.
    return false;
  }
}

interface ImportAnswer {
  readonly status: 'success' | 'error';
  readonly data?: { readonly lines: number; readonly stored: number; readonly refused: number };
  readonly error?: string;
  readonly message?: string;
  readonly warnings?: readonly string[];
}

/** Sends a source in pieces, one request each, so that a long import needs no long request and its progress is known. */
class ServerTarget implements ImportTarget {
  readonly description: string;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = url.endsWith('/') ? url : `${url}/`;
    this.#headers = headers;
    this.description = url;
  }

  async take(
    chunks: AsyncIterable<Buffer>,
    format: ExpositionFormat,
    labels: readonly (readonly [string, string])[],
    onStored: (samples: number) => void,
  ): Promise<ImportResult> {
    const url = new URL('api/v1/import', this.#url);
    url.searchParams.set('format', format);
    for (const [name, value] of labels) url.searchParams.append('extra_label', `${name}=${value}`);
    let lines = 0;
    let stored = 0;
    let refused = 0;
    const reasons = new Set<string>();
    for await (const { bytes, last } of pieces(chunks)) {
      const body = format === 'openmetrics' && !last ? Buffer.concat([bytes, END]) : bytes;
      const answer = await this.#post(url, body, { lines, stored });
      lines += (answer.data?.lines ?? 0) - (body === bytes ? 0 : 1);
      stored += answer.data?.stored ?? 0;
      refused += answer.data?.refused ?? 0;
      for (const warning of answer.warnings ?? []) reasons.add(warning.replace(/^.*: /, ''));
      onStored(stored);
    }
    return { lines, stored, refused, reasons: [...reasons] as unknown as ImportResult['reasons'] };
  }

  async #post(
    url: URL,
    body: Buffer,
    before: { readonly lines: number; readonly stored: number },
  ): Promise<ImportAnswer> {
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': 'text/plain' },
        body,
      });
    } catch (error) {
      throw new VedetteError(
        'DATABASE_UNAVAILABLE',
        `no answer from ${url.origin}; ${before.lines} lines before that are stored (${before.stored} samples)`,
        { cause: error },
      );
    }
    const answer = (await response.json()) as ImportAnswer;
    if (answer.status === 'success') return answer;
    const words = answer.error ?? answer.message ?? `status ${response.status}`;
    // The server counts lines and samples of its piece.
    throw new VedetteError(
      'INGEST_INVALID',
      words
        .replace(/^line (\d+)/, (_, line: string) => `line ${Number(line) + before.lines}`)
        .replace(
          /the (\d+) samples before it/,
          (_, samples: string) => `the ${Number(samples) + before.stored} samples before it`,
        ),
    );
  }

  async close(): Promise<void> {
    // Each request was a connection's business of its own.
  }
}

/** The text in pieces of whole lines. */
async function* pieces(
  chunks: AsyncIterable<Buffer>,
): AsyncIterable<{ readonly bytes: Buffer; readonly last: boolean }> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    if (size < REQUEST_BYTES) continue;
    const whole = Buffer.concat(pending);
    const end = whole.lastIndexOf(LINE_FEED) + 1;
    if (whole.length - end > LINE_BYTES_MAX)
      throw new VedetteError(
        'INGEST_INVALID',
        `a line is longer than ${LINE_BYTES_MAX} bytes; this is no metrics page`,
      );
    // The end mark of OpenMetrics stays with the last piece.
    if (end > 0) yield { bytes: whole.subarray(0, end), last: endsPage(whole.subarray(0, end)) };
    pending = [whole.subarray(end)];
    size = whole.length - end;
  }
  const rest = Buffer.concat(pending);
  if (rest.length > 0) yield { bytes: rest, last: true };
}

function endsPage(bytes: Buffer): boolean {
  return bytes.subarray(-END.length).equals(END);
}
