export type MetricFamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** What the sample's name adds to the family's name, in histograms and summaries. */
export type SampleSuffix = '' | '_bucket' | '_sum' | '_count';

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Writes Prometheus text format 0.0.4.
 *
 * ```ts
 * const page = new MetricWriter();
 * page.family('node_load1', 'gauge', '1m load average.').sample({}, 0.42);
 * page.toString();
 * // # HELP node_load1 1m load average.
 * // # TYPE node_load1 gauge
 * // node_load1 0.42
 * ```
 *
 * Asking twice for a family continues it, so that its samples stay together as the format demands. Names outside the
 * classic alphabet are written quoted (`{"my.metric"} 1`).
 */
export class MetricWriter {
  readonly #families = new Map<string, FamilyWriter>();

  /** The first call for a name decides its type and help. */
  family(name: string, type: MetricFamilyType, help: string): FamilyWriter {
    let family = this.#families.get(name);
    if (!family) {
      if (name === '') throw new RangeError('a metric family needs a name');
      family = new FamilyWriter(name, type, help);
      this.#families.set(name, family);
    }
    return family;
  }

  /** The page; families in order of their first mention, families without samples left out. */
  toString(): string {
    let page = '';
    for (const family of this.#families.values()) page += family.toString();
    return page;
  }
}

export class FamilyWriter {
  readonly #name: string;
  readonly #header: string;
  #lines = '';

  constructor(name: string, type: MetricFamilyType, help: string) {
    this.#name = name;
    const shown = shownName(name);
    this.#header = `${help === '' ? '' : `# HELP ${shown} ${escapeHelp(help)}\n`}# TYPE ${shown} ${type}\n`;
  }

  /** One line. `suffix` gives the members of a histogram or summary (`_bucket` with label `le`, `_sum`, `_count`). */
  sample(labels: Readonly<Record<string, string>>, value: number, suffix: SampleSuffix = ''): this {
    this.#lines += `${formatSeriesText(this.#name + suffix, labels)} ${formatSampleValue(value)}\n`;
    return this;
  }

  toString(): string {
    return this.#lines === '' ? '' : this.#header + this.#lines;
  }
}

/** `name{a="b"}`, the text before a value. */
export function formatSeriesText(name: string, labels: Readonly<Record<string, string>>): string {
  const parts: string[] = [];
  const classic = LEGACY_NAME.test(name);
  if (!classic) parts.push(`"${escapeLabelValue(name)}"`);
  for (const [label, value] of Object.entries(labels)) {
    parts.push(quotedLabel(label, value));
  }
  const braces = parts.length === 0 ? '' : `{${parts.join(',')}}`;
  return classic ? name + braces : braces;
}

/** The name as comments and braces show it: in quotes unless it is of the classic alphabet. */
export function shownName(name: string): string {
  return LEGACY_NAME.test(name) ? name : `"${escapeLabelValue(name)}"`;
}

/** `name="value"`, escaped. */
export function quotedLabel(name: string, value: string): string {
  return `${LEGACY_LABEL.test(name) ? name : `"${escapeLabelValue(name)}"`}="${escapeLabelValue(value)}"`;
}

/** As Prometheus writes numbers: `NaN`, `+Inf`, `-Inf`, else the shortest text that reads back as the same number. */
export function formatSampleValue(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const NEEDS_CARE = /[\\"\n\uD800-\uDFFF]/;
const VALUE_SPECIALS = /[\\"\n]/g;
const HELP_SPECIALS = /[\\\n]/g;

/** Also makes lone surrogates valid, so that the page is valid UTF-8 whatever a device reported. */
function escapeLabelValue(value: string): string {
  if (!NEEDS_CARE.test(value)) return value;
  return wellFormed(value).replace(VALUE_SPECIALS, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}

export function escapeHelp(help: string): string {
  return wellFormed(help).replace(HELP_SPECIALS, (char) => (char === '\n' ? '\\n' : '\\\\'));
}

/** Lone surrogates cannot be written as UTF-8; they become U+FFFD. */
function wellFormed(text: string): string {
  return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (match) =>
    match.length === 2 ? match : '\uFFFD',
  );
}
