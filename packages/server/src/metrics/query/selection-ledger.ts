import { VedetteError, isVedetteError } from '../../base/errors.ts';
import { METRIC_NAME, type Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type {
  GridBlock,
  GridRequest,
  LabelRequest,
  SelectRequest,
  SeriesSelector,
  SeriesSet,
} from '../../model/ports.ts';

interface Entry {
  readonly matchers: readonly Matcher[];
  series: number;
  samples: number;
}

/** Sits between one query and the store, and remembers what each selector cost, so that a refusal can name the one to blame. */
export class SelectionLedger implements SeriesSelector {
  readonly #inner: SeriesSelector;
  readonly #entries: Entry[] = [];
  #dependsOnRange = false;
  readonly selectGrid?: NonNullable<SeriesSelector['selectGrid']>;

  constructor(inner: SeriesSelector) {
    this.#inner = inner;
    if (inner.selectGrid) this.selectGrid = (request, signal) => this.#grid(inner, request, signal);
  }

  /** True when some selection depended on the whole range asked for. */
  get dependsOnRange(): boolean {
    return this.#dependsOnRange;
  }

  async select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
    const entry = this.#open(request.matchers);
    const set = await this.#inner.select(request, signal).catch((error: unknown) => {
      throw blamed(error, entry);
    });
    entry.series = set.labels.length;
    if (set.dependsOnRange) this.#dependsOnRange = true;
    const { shared } = set;
    return {
      labels: set.labels,
      read: (index, into) => {
        set.read(index, into);
        entry.samples += into.length;
      },
      ...(shared ? { shared: { ...shared, onTaken: (samples) => void (entry.samples += samples) } } : {}),
    };
  }

  series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    return this.#inner.series(request, signal);
  }

  labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    return this.#inner.labelNames(request, signal);
  }

  labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    return this.#inner.labelValues(name, request, signal);
  }

  /** The error, naming the selector that cost most when the query was too large or too slow; any other error as it is. */
  blame(error: unknown): unknown {
    const heaviest = this.#entries.reduce<Entry | undefined>(
      (most, entry) => (most && weight(most) >= weight(entry) ? most : entry),
      undefined,
    );
    return heaviest ? blamed(error, heaviest) : error;
  }

  #open(matchers: readonly Matcher[]): Entry {
    const entry = { matchers, series: 0, samples: 0 };
    this.#entries.push(entry);
    return entry;
  }

  async #grid(inner: SeriesSelector, request: GridRequest, signal: AbortSignal): Promise<GridBlock | undefined> {
    const entry = this.#open(request.matchers);
    const block = await inner.selectGrid?.(request, signal).catch((error: unknown) => {
      throw blamed(error, entry);
    });
    entry.series = block?.labels.length ?? 0;
    entry.samples = block?.samplesRead ?? 0;
    return block;
  }
}

function weight({ series, samples }: Entry): number {
  return samples + series;
}

function blamed(error: unknown, { matchers, series, samples }: Entry): unknown {
  if (!isVedetteError(error, 'QUERY_TOO_LARGE') && !isVedetteError(error, 'QUERY_TIMEOUT')) return error;
  if (error.details['selector'] !== undefined) return error;
  const selector = selectorText(matchers);
  const cost = series === 0 ? '' : ` (${series} series${samples === 0 ? '' : `, ${samples} samples read`})`;
  return new VedetteError(error.code, `${error.message}; most of it is the selector ${selector}${cost}`, {
    cause: error,
    details: { ...error.details, selector },
  });
}

/** As PromQL writes it. */
function selectorText(matchers: readonly Matcher[]): string {
  const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=')?.value ?? '';
  const rest = matchers
    .filter((matcher) => matcher.name !== METRIC_NAME || matcher.operator !== '=')
    .map(({ name: label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`);
  return rest.length === 0 && name !== '' ? name : `${name}{${rest.join(', ')}}`;
}
