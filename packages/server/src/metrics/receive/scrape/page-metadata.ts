import type { ExpositionMetricType, MetadataLine } from '@vedette/wire/exposition';
import type { MetricMetadata } from '../../../model/sample.ts';

interface Remembered {
  readonly text: string;
  readonly line: MetadataLine;
}

/** HELP, TYPE and UNIT lines of one target's pages; lines of the last page are recognised without parsing. */
export class PageMetadata {
  #order: Remembered[] = [];
  #nextOrder: Remembered[] = [];
  #places = new Map<string, number>();
  #cursor = 0;
  #asBefore = true;
  #families = new Map<string, MetricMetadata>();
  #changed: MetadataLine[] = [];
  #news: readonly MetricMetadata[] | undefined;
  #family = '';
  #type: ExpositionMetricType = 'unknown';

  /** Of the last TYPE line. */
  get family(): string {
    return this.#family;
  }

  /** Of the last TYPE line. */
  get type(): ExpositionMetricType {
    return this.#type;
  }

  get families(): IterableIterator<MetricMetadata> {
    return this.#families.values();
  }

  get expected(): string {
    return this.#order[this.#cursor]?.text ?? '';
  }

  begin(): void {
    this.#cursor = 0;
    this.#asBefore = true;
    this.#nextOrder.length = 0;
    this.#changed = [];
    this.#news = undefined;
    this.#family = '';
    this.#type = 'unknown';
  }

  line(page: string, start: number, end: number, metadata: MetadataLine | undefined): void {
    if (metadata === undefined) {
      const remembered = this.#order[this.#cursor++] as Remembered;
      this.#nextOrder.push(remembered);
      this.#note(remembered.line);
      return;
    }
    this.#note(metadata);
    this.#asBefore = false;
    // A copy: a slice would keep the page alive.
    const text = Buffer.from(page.slice(start, end)).toString();
    this.#nextOrder.push({ text, line: metadata });
    const place = this.#places.get(text);
    if (place === undefined) this.#changed.push(metadata);
    else this.#cursor = place + 1;
  }

  #note(line: MetadataLine): void {
    if (line.kind !== 'type') return;
    this.#family = line.name;
    this.#type = line.type;
  }

  /** The page was good: its lines become the expected ones. */
  end(): void {
    if (this.#asBefore && this.#nextOrder.length === this.#order.length) return;
    [this.#order, this.#nextOrder] = [this.#nextOrder, this.#order];
    this.#places = new Map(this.#order.map(({ text }, place) => [text, place]));
    const changed = new Set<string>();
    for (const line of this.#changed) {
      const before = this.#families.get(line.name) ?? { name: line.name, type: 'unknown', help: '', unit: '' };
      this.#families.set(line.name, {
        ...before,
        ...(line.kind === 'help' && { help: line.help }),
        ...(line.kind === 'type' && { type: line.type }),
        ...(line.kind === 'unit' && { unit: line.unit }),
      });
      changed.add(line.name);
    }
    if (changed.size > 0) this.#news = [...changed].map((name) => this.#families.get(name) as MetricMetadata);
    if (this.#families.size > FAMILIES_SPARE_FACTOR * (this.#order.length + 1)) this.#restart();
  }

  /** The page was bad: nothing of it counts. */
  forget(): void {
    this.#news = undefined;
  }

  /** What the last page changed, once: the store keeps the newest. */
  takeNews(): readonly MetricMetadata[] | undefined {
    const news = this.#news;
    this.#news = undefined;
    return news;
  }

  /** Families come and go with some exporters: start over rather than grow. */
  #restart(): void {
    this.#families = new Map();
    this.#order = [];
    this.#places = new Map();
  }
}

/** Families remembered per line of the last page before the memory starts over. */
const FAMILIES_SPARE_FACTOR = 4;
