import { type MetricFamilyType, formatSampleValue, formatSeriesText } from '@vedette/wire/exposition';

type LabelValues = readonly string[];

/** Series of one metric at most; a page that grows beyond would be a mistake of the simulation. */
const SERIES_MAX = 200_000;

interface Family {
  render(): string;
}

/**
 * The metrics of one simulated service, kept between scrapes and written as Prometheus text 0.0.4. Texts of series are made once, so that
 * a page of many thousand lines costs little.
 */
export class MetricPage {
  readonly #families: Family[] = [];

  counter(name: string, help: string, labels: LabelValues = []): Counter {
    return this.#add(new Counter(name, help, labels));
  }

  gauge(name: string, help: string, labels: LabelValues = []): Gauge {
    return this.#add(new Gauge(name, help, labels));
  }

  histogram(name: string, help: string, buckets: readonly number[], labels: LabelValues = []): Histogram {
    return this.#add(new Histogram(name, help, buckets, labels));
  }

  toString(): string {
    let page = '';
    for (const family of this.#families) page += family.render();
    return page;
  }

  #add<T extends Family>(family: T): T {
    this.#families.push(family);
    return family;
  }
}

function header(name: string, type: MetricFamilyType, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function labelled(names: LabelValues, values: LabelValues): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

interface Series {
  readonly text: string;
  value: number;
}

abstract class Scalar implements Family {
  protected readonly series = new Map<string, Series>();
  readonly #name: string;
  readonly #labels: LabelValues;
  readonly #header: string;

  constructor(name: string, type: MetricFamilyType, help: string, labels: LabelValues) {
    this.#name = name;
    this.#labels = labels;
    this.#header = header(name, type, help);
  }

  protected entry(values: LabelValues): Series {
    const key = values.length === 1 ? (values[0] as string) : values.join('\u0000');
    let entry = this.series.get(key);
    if (!entry) {
      if (this.series.size >= SERIES_MAX) throw new RangeError(`${this.#name}: more than ${SERIES_MAX} series`);
      entry = { text: `${formatSeriesText(this.#name, labelled(this.#labels, values))} `, value: 0 };
      this.series.set(key, entry);
    }
    return entry;
  }

  render(): string {
    if (this.series.size === 0) return '';
    let text = this.#header;
    for (const { text: series, value } of this.series.values()) text += `${series}${formatSampleValue(value)}\n`;
    return text;
  }
}

export class Counter extends Scalar {
  constructor(name: string, help: string, labels: LabelValues) {
    super(name, 'counter', help, labels);
  }

  add(amount: number, ...values: LabelValues): void {
    this.entry(values).value += amount;
  }
}

export class Gauge extends Scalar {
  constructor(name: string, help: string, labels: LabelValues) {
    super(name, 'gauge', help, labels);
  }

  set(value: number, ...values: LabelValues): void {
    this.entry(values).value = value;
  }

  /** The series disappears, as of an exporter that no longer knows. */
  remove(...values: LabelValues): void {
    this.series.delete(values.length === 1 ? (values[0] as string) : values.join('\u0000'));
  }
}

interface HistogramSeries {
  readonly texts: readonly string[];
  readonly counts: Float64Array;
  sum: number;
}

export class Histogram implements Family {
  readonly #name: string;
  readonly #labels: LabelValues;
  readonly #header: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, HistogramSeries>();

  constructor(name: string, help: string, buckets: readonly number[], labels: LabelValues) {
    this.#name = name;
    this.#labels = labels;
    this.#bounds = buckets;
    this.#header = header(name, 'histogram', help);
  }

  /** `count` observations of one value. */
  observe(value: number, count: number, ...values: LabelValues): void {
    const key = values.length === 1 ? (values[0] as string) : values.join('\u0000');
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= SERIES_MAX) throw new RangeError(`${this.#name}: more than ${SERIES_MAX} series`);
      series = { texts: this.#texts(values), counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#series.set(key, series);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    series.counts[bucket] = (series.counts[bucket] as number) + count;
    series.sum += value * count;
  }

  render(): string {
    if (this.#series.size === 0) return '';
    let text = this.#header;
    for (const { texts, counts, sum } of this.#series.values()) {
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        text += `${texts[i] as string}${total}\n`;
      }
      text += `${texts[counts.length] as string}${formatSampleValue(sum)}\n${texts[counts.length + 1] as string}${total}\n`;
    }
    return text;
  }

  #texts(values: LabelValues): string[] {
    const labels = labelled(this.#labels, values);
    const bounds = [...this.#bounds.map(formatSampleValue), '+Inf'];
    return [
      ...bounds.map((le) => `${formatSeriesText(`${this.#name}_bucket`, { ...labels, le })} `),
      `${formatSeriesText(`${this.#name}_sum`, labels)} `,
      `${formatSeriesText(`${this.#name}_count`, labels)} `,
    ];
  }
}
