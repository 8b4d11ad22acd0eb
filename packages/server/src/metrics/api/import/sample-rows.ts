import { type ExpositionVisitor, type MetadataLine, parseSeriesText } from '@vedette/wire/exposition';
import { Labels } from '../../../model/labels.ts';
import type { Exemplar, MetricMetadata, SampleBatch } from '../../../model/sample.ts';

const ROWS_FIRST = 16_384;
/** Series whose labels are remembered from block to block; a file that holds more repeats them less often. */
const SERIES_REMEMBERED_MAX = 200_000;
/** Metric families remembered, to join the lines that describe one. */
const FAMILIES_MAX = 20_000;

/** A series as it is written; the one that followed it last time probably follows it again. */
interface Entry {
  readonly text: string;
  readonly labels: Labels;
  next: Entry | undefined;
  /** Its number in the batch of that number. */
  index: number;
  batch: number;
}

/** Collects the samples of a page's part as columns; `take` gives them as a batch and starts the next one. */
export class SampleRows implements ExpositionVisitor {
  expectedSeries = '';
  readonly expectedComment = '';
  readonly #extraLabels: readonly (readonly [string, string])[];
  readonly #timestampMs: number;
  readonly #known = new Map<string, Entry>();
  readonly #families = new Map<string, MetricMetadata>();
  #series: Labels[] = [];
  #batch = 0;
  #last: Entry | undefined;
  #seriesIndex = new Uint32Array(ROWS_FIRST);
  #time = new Float64Array(ROWS_FIRST);
  #value = new Float64Array(ROWS_FIRST);
  #length = 0;
  #exemplars: Exemplar[] = [];
  #metadata = new Map<string, MetricMetadata>();

  /** `extraLabels` replace those of the same name; `timestampMs` is for lines without a time of their own. */
  constructor(extraLabels: readonly (readonly [string, string])[], timestampMs: number) {
    this.#extraLabels = extraLabels;
    this.#timestampMs = timestampMs;
  }

  sample(
    page: string,
    start: number,
    end: number,
    value: number,
    timestampMs: number | undefined,
    asExpected: boolean,
  ): void {
    const expected = this.#last?.next;
    const entry = asExpected && expected ? expected : this.#entryOf(page.slice(start, end));
    if (this.#last) this.#last.next = entry;
    this.#last = entry;
    this.expectedSeries = entry.next?.text ?? '';
    if (entry.batch !== this.#batch) {
      entry.batch = this.#batch;
      entry.index = this.#series.length;
      this.#series.push(entry.labels);
    }
    if (this.#length === this.#value.length) this.#grow();
    const row = this.#length++;
    this.#seriesIndex[row] = entry.index;
    this.#time[row] = timestampMs ?? this.#timestampMs;
    this.#value[row] = value;
  }

  exemplar(labelPairs: readonly string[], value: number, timestampMs: number | undefined): void {
    const pairs: [string, string][] = [];
    for (let i = 0; i < labelPairs.length; i += 2) pairs.push([labelPairs[i] as string, labelPairs[i + 1] as string]);
    this.#exemplars.push({
      seriesIndex: this.#last?.index ?? 0,
      labels: Labels.fromEntries(pairs),
      timestampMs: timestampMs ?? (this.#time[this.#length - 1] as number),
      value,
    });
  }

  comment(_page: string, _start: number, _end: number, metadata: MetadataLine | undefined): void {
    if (metadata === undefined) return;
    const { name } = metadata;
    const before = this.#families.get(name) ?? { name, type: 'unknown' as const, help: '', unit: '' };
    const family: MetricMetadata = {
      ...before,
      ...(metadata.kind === 'help' && { help: metadata.help }),
      ...(metadata.kind === 'type' && { type: metadata.type }),
      ...(metadata.kind === 'unit' && { unit: metadata.unit }),
    };
    if (this.#families.size >= FAMILIES_MAX) this.#families.clear();
    this.#families.set(name, family);
    this.#metadata.set(name, family);
  }

  /** What was collected since the last call; undefined when it is nothing. */
  take(): SampleBatch | undefined {
    const length = this.#length;
    const metadata = [...this.#metadata.values()];
    if (length === 0 && metadata.length === 0) return undefined;
    const batch: SampleBatch = {
      series: this.#series,
      seriesIndex: this.#seriesIndex.slice(0, length),
      timestampMs: this.#time.slice(0, length),
      value: this.#value.slice(0, length),
      ...(this.#exemplars.length > 0 && { exemplars: this.#exemplars }),
      ...(metadata.length > 0 && { metadata }),
    };
    this.#length = 0;
    this.#series = [];
    this.#batch++;
    this.#exemplars = [];
    this.#metadata = new Map();
    return batch;
  }

  #entryOf(text: string): Entry {
    const known = this.#known.get(text);
    if (known) return known;
    const pairs = parseSeriesText(text);
    const map = new Map<string, string>();
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i] as string, pairs[i + 1] as string);
    for (const [name, value] of this.#extraLabels) map.set(name, value);
    if (this.#known.size >= SERIES_REMEMBERED_MAX) {
      this.#known.clear();
      this.#last = undefined;
    }
    // A copy: a slice would keep its whole page alive.
    const copy = Buffer.from(text).toString();
    const entry: Entry = { text: copy, labels: Labels.fromMap(map), next: undefined, index: 0, batch: -1 };
    this.#known.set(copy, entry);
    return entry;
  }

  #grow(): void {
    const capacity = this.#value.length * 2;
    const [index, time, value] = [new Uint32Array(capacity), new Float64Array(capacity), new Float64Array(capacity)];
    index.set(this.#seriesIndex);
    time.set(this.#time);
    value.set(this.#value);
    [this.#seriesIndex, this.#time, this.#value] = [index, time, value];
  }
}
