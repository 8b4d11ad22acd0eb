import type { StateStore, StateTable } from '../../model/ports.ts';
import type { MetricMetadata, MetricType } from '../../model/sample.ts';

/** Families remembered; beyond it new ones are left out. Prometheus's own ecosystem of exporters has some 20 000 names. */
export const METADATA_FAMILIES_MAX = 50_000;
/** Help texts are for people; a longer one is cut. */
export const HELP_LENGTH_MAX = 1_024;
/** A family with a longer name has no samples either (see label-check.ts). */
const NAME_LENGTH_MAX = 4_096;
/** The longest unit of OpenMetrics practice has some 20 characters. */
const UNIT_LENGTH_MAX = 128;

const NAMESPACE = 'metric-metadata';
const TYPES: ReadonlySet<string> = new Set<MetricType>([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
]);

/** The newest TYPE, HELP and UNIT of every metric family; kept across restarts when there is a state store. */
export class MetadataCatalog {
  readonly #families = new Map<string, readonly MetricMetadata[]>();
  readonly #onError: (error: unknown) => void;
  #table: StateTable<MetricMetadata> | undefined;
  #unsaved = new Map<string, MetricMetadata>();
  #saving: Promise<void> | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get families(): ReadonlyMap<string, readonly MetricMetadata[]> {
    return this.#families;
  }

  async load(state: StateStore): Promise<void> {
    this.#table = await state.open(NAMESPACE, parseMetadata);
    for (const [name, metadata] of this.#table.entries()) this.#families.set(name, [metadata]);
  }

  /** Takes what changed; storing it goes on behind the caller's back. */
  update(metadata: readonly MetricMetadata[]): void {
    for (const item of metadata) {
      const known = this.#families.get(item.name)?.[0];
      if (item.name.length > NAME_LENGTH_MAX) continue;
      const help = cut(item.help, HELP_LENGTH_MAX);
      const unit = cut(item.unit, UNIT_LENGTH_MAX);
      if (known?.type === item.type && known.help === help && known.unit === unit) continue;
      if (known === undefined && this.#families.size >= METADATA_FAMILIES_MAX) continue;
      const kept = { name: item.name, type: item.type, help, unit };
      this.#families.set(item.name, [kept]);
      this.#unsaved.set(item.name, kept);
    }
    if (this.#unsaved.size > 0 && this.#table !== undefined) this.#saving ??= this.#save(this.#table);
  }

  /** Resolves when everything taken so far is stored, or was reported as failed. */
  async flush(): Promise<void> {
    await this.#saving;
  }

  async #save(table: StateTable<MetricMetadata>): Promise<void> {
    while (this.#unsaved.size > 0) {
      const batch = this.#unsaved;
      this.#unsaved = new Map();
      try {
        await table.putAll(batch);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#saving = undefined;
  }
}

/** A copy when it is cut, because a slice would keep the whole text alive. */
function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : Buffer.from(text.slice(0, lengthMax)).toString();
}

function parseMetadata(json: unknown): MetricMetadata | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { name, type, help, unit } = json as Record<string, unknown>;
  if (typeof name !== 'string' || typeof help !== 'string' || typeof unit !== 'string') return undefined;
  return typeof type === 'string' && TYPES.has(type) ? { name, type: type as MetricType, help, unit } : undefined;
}
