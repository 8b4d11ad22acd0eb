import type { GpuClock, GpuFigure, GpuReading, ThrottleReason } from '../reading.ts';
import { toldNumber, toldSwitch, toldText } from './cell.ts';
import { type AskedField, NVIDIA_FIELDS, type NvidiaField } from './fields.ts';

/** Columns of one page of CSV. */
const COLUMNS_MAX = 1_024;

interface Column {
  readonly field: NvidiaField;
  readonly at: number;
  readonly unit: string | undefined;
}

/** How the columns of a table are read; made of its first line. */
export class NvidiaTable {
  readonly #columns: readonly Column[];
  readonly #width: number;

  private constructor(columns: readonly Column[], width: number) {
    this.#columns = columns;
    this.#width = width;
  }

  /** Of what was asked for, in that order. */
  static asked(fields: readonly AskedField[]): NvidiaTable {
    return new NvidiaTable(
      fields.map(({ field }, at) => ({ field, at, unit: unitOf(field) })),
      fields.length,
    );
  }

  /** Of a table's header line: `memory.used [MiB]`. Undefined when no column of it is known. */
  static ofHeader(line: string): NvidiaTable | undefined {
    const columns: Column[] = [];
    const cells = line.split(',').slice(0, COLUMNS_MAX);
    for (const field of NVIDIA_FIELDS) {
      // Several spellings may be there: the first that this list prefers.
      for (const spelling of field.fields) {
        const at = cells.findIndex((cell) => headerName(cell) === spelling);
        if (at < 0) continue;
        columns.push({ field, at, unit: /\[(\S{1,8})\]\s*$/.exec(cells[at] ?? '')?.[1] ?? unitOf(field) });
        break;
      }
    }
    return columns.length === 0 ? undefined : new NvidiaTable(columns, cells.length);
  }

  /** Whether a line is a header: it names the first column instead of having its value. */
  isHeader(line: string): boolean {
    const [column] = this.#columns;
    return column !== undefined && column.field.fields.includes(headerName(line.split(',', 1)[0] ?? ''));
  }

  /** Undefined: another number of cells, or no GPU named. */
  read(line: string): GpuReading | undefined {
    const cells = line.split(',', COLUMNS_MAX);
    if (cells.length !== this.#width) return undefined;
    const builder = new ReadingBuilder();
    for (const { field, at, unit } of this.#columns) builder.take(field, cells[at] ?? '', unit);
    return builder.reading();
  }
}

function headerName(cell: string): string {
  return cell.split('[', 1)[0]?.trim() ?? '';
}

function unitOf(field: NvidiaField): string | undefined {
  if (field.to === 'figure') return field.unit;
  if (field.to === 'clock' || field.to === 'clockMax') return 'MHz';
  return field.to === 'throttleSeconds' ? 'us' : undefined;
}

/** Collects what cells and elements tell of one GPU. */
export class ReadingBuilder {
  readonly #texts = new Map<string, string>();
  readonly #figures = new Map<GpuFigure, number>();
  readonly #clocks = new Map<GpuClock, number>();
  readonly #clocksMax = new Map<GpuClock, number>();
  readonly #throttle = new Map<ThrottleReason, boolean>();
  readonly #throttleSeconds = new Map<ThrottleReason, number>();
  readonly #ecc = new Map<'corrected' | 'uncorrected', number>();
  readonly #rows = new Map<'correctable' | 'uncorrectable', number>();

  take(field: NvidiaField, cell: string, unit: string | undefined): void {
    switch (field.to) {
      case 'text':
        put(this.#texts, field.key, toldText(cell)?.slice(0, 128));
        break;
      case 'figure':
        put(this.#figures, field.figure, toldNumber(cell, unit));
        break;
      case 'switch':
        put(this.#figures, field.figure, numberOf(toldSwitch(cell)));
        break;
      case 'state':
        put(this.#figures, 'gpu_performance_state', stateOf(cell));
        break;
      case 'clock':
        put(this.#clocks, field.clock, toldNumber(cell, unit));
        break;
      case 'clockMax':
        put(this.#clocksMax, field.clock, toldNumber(cell, unit));
        break;
      case 'throttle':
        put(this.#throttle, field.reason, toldSwitch(cell));
        break;
      case 'throttleSeconds':
        put(this.#throttleSeconds, field.reason, toldNumber(cell, unit));
        break;
      case 'ecc':
        put(this.#ecc, field.kind, toldNumber(cell));
        break;
      case 'rows':
        put(this.#rows, field.kind, toldNumber(cell));
        break;
    }
  }

  /** Undefined: nothing names the GPU. */
  reading(): GpuReading | undefined {
    const gpu = this.#texts.get('uuid');
    if (gpu === undefined) return undefined;
    const index = this.#texts.get('index');
    const name = this.#texts.get('name');
    const driver = this.#texts.get('driver');
    const pci = this.#texts.get('pci');
    return {
      gpu,
      vendor: 'nvidia',
      ...(index === undefined ? {} : { index }),
      ...(name === undefined ? {} : { name }),
      ...(driver === undefined ? {} : { driver }),
      ...(pci === undefined ? {} : { pci: shortPci(pci) }),
      figures: this.#figures,
      clocks: this.#clocks,
      clocksMax: this.#clocksMax,
      throttle: this.#throttle,
      throttleSeconds: this.#throttleSeconds,
      eccErrors: this.#ecc,
      remappedRows: this.#rows,
    };
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value !== undefined && !map.has(key)) map.set(key, value);
}

function numberOf(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** `P0` to `P15`. */
function stateOf(cell: string): number | undefined {
  const match = /^P(\d{1,2})$/.exec(cell.trim());
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** `00000000:83:00.0` as `0000:83:00.0`, which is how the kernel writes it. */
export function shortPci(pci: string): string {
  return pci.toLowerCase().replace(/^0000([0-9a-f]{4}:)/, '$1');
}
