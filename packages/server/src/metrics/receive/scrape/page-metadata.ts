import type { ExpositionMetricType, MetadataLine } from '@vedette/wire/exposition';
import type { MetricMetadata } from '../../../model/sample.ts';
import type { KnownLine, MetadataLines } from './metadata-lines.ts';

/** HELP, TYPE and UNIT lines of one target's last page; they are recognised without parsing. */
export class PageMetadata {
  readonly #lines: MetadataLines;
  #order: KnownLine[] = [];
  #nextOrder: KnownLine[] = [];
  /** Of the last page; made when a page differs. */
  #places: Map<KnownLine, number> | undefined;
  #cursor = 0;
  #asBefore = true;
  #changed = new Set<string>();
  #news: readonly MetricMetadata[] | undefined;
  #family = '';
  #type: ExpositionMetricType = 'unknown';

  constructor(lines: MetadataLines) {
    this.#lines = lines;
  }

  /** Of the last TYPE line. */
  get family(): string {
    return this.#family;
  }

  /** Of the last TYPE line. */
  get type(): ExpositionMetricType {
    return this.#type;
  }

  /** Of the last page; put together when somebody looks. */
  *families(): IterableIterator<MetricMetadata> {
    yield* familiesOf(this.#order).values();
  }

  get expected(): string {
    return this.#order[this.#cursor]?.text ?? '';
  }

  begin(): void {
    this.#cursor = 0;
    this.#asBefore = true;
    this.#nextOrder.length = 0;
    this.#changed.clear();
    this.#news = undefined;
    this.#family = '';
    this.#type = 'unknown';
  }

  line(page: string, start: number, end: number, metadata: MetadataLine | undefined): void {
    if (metadata === undefined) {
      const expected = this.#order[this.#cursor++] as KnownLine;
      this.#nextOrder.push(expected);
      this.#note(expected.line);
      return;
    }
    const known = this.#lines.get(page, start, end, metadata);
    this.#note(known.line);
    this.#asBefore = false;
    this.#nextOrder.push(known);
    this.#places ??= new Map(this.#order.map((one, place) => [one, place]));
    const place = this.#places.get(known);
    if (place === undefined) this.#changed.add(known.line.name);
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
    this.#places = undefined;
    if (this.#changed.size > 0)
      this.#news = [...familiesOf(this.#order).values()].filter(({ name }) => this.#changed.has(name));
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
}

function familiesOf(lines: readonly KnownLine[]): Map<string, MetricMetadata> {
  const families = new Map<string, MetricMetadata>();
  for (const { line } of lines) {
    const before = families.get(line.name) ?? { name: line.name, type: 'unknown', help: '', unit: '' };
    families.set(line.name, {
      ...before,
      ...(line.kind === 'help' && { help: line.help }),
      ...(line.kind === 'type' && { type: line.type }),
      ...(line.kind === 'unit' && { unit: line.unit }),
    });
  }
  return families;
}
