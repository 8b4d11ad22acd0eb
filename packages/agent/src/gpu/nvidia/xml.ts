import { SaxesParser } from 'saxes';
import type { GpuProcess, GpuReading } from '../reading.ts';
import { toldNumber, toldText } from './cell.ts';
import { NVIDIA_FIELDS, type NvidiaField } from './fields.ts';
import { programName } from './processes.ts';
import { ReadingBuilder } from './row.ts';

const DEPTH_MAX = 32;
const GPUS_MAX = 64;
const PROCESSES_MAX = 1_024;
const TEXT_MAX = 512;

/** Element below `<gpu>` → the CSV field that tells the same; the first of several that is there counts. */
const ELEMENTS: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  product_name: 'name',
  'pci/pci_bus_id': 'pci.bus_id',
  performance_state: 'pstate',
  'utilization/gpu_util': 'utilization.gpu',
  'utilization/memory_util': 'utilization.memory',
  'utilization/decoder_util': 'utilization.decoder',
  'utilization/encoder_util': 'utilization.encoder',
  'utilization/jpeg_util': 'utilization.jpeg',
  'utilization/ofa_util': 'utilization.ofa',
  'encoder_stats/session_count': 'encoder.stats.sessionCount',
  'encoder_stats/average_fps': 'encoder.stats.averageFps',
  'encoder_stats/average_latency': 'encoder.stats.averageLatency',
  'fb_memory_usage/used': 'memory.used',
  'fb_memory_usage/total': 'memory.total',
  'fb_memory_usage/free': 'memory.free',
  'fb_memory_usage/reserved': 'memory.reserved',
  'temperature/gpu_temp': 'temperature.gpu',
  'temperature/memory_temp': 'temperature.memory',
  'temperature/gpu_temp_tlimit': 'temperature.gpu.tlimit',
  'gpu_power_readings/average_power_draw': 'power.draw',
  'gpu_power_readings/power_draw': 'power.draw',
  'power_readings/power_draw': 'power.draw',
  'gpu_power_readings/instant_power_draw': 'power.draw.instant',
  'gpu_power_readings/current_power_limit': 'enforced.power.limit',
  'gpu_power_readings/enforced_power_limit': 'enforced.power.limit',
  'power_readings/enforced_power_limit': 'enforced.power.limit',
  fan_speed: 'fan.speed',
  'pci/pci_gpu_link_info/pcie_gen/device_current_link_gen': 'pcie.link.gen.gpucurrent',
  'pci/pci_gpu_link_info/pcie_gen/current_link_gen': 'pcie.link.gen.current',
  'pci/pci_gpu_link_info/link_widths/current_link_width': 'pcie.link.width.current',
  'clocks/graphics_clock': 'clocks.current.graphics',
  'clocks/sm_clock': 'clocks.current.sm',
  'clocks/mem_clock': 'clocks.current.memory',
  'clocks/video_clock': 'clocks.current.video',
  'max_clocks/graphics_clock': 'clocks.max.graphics',
  'max_clocks/sm_clock': 'clocks.max.sm',
  'max_clocks/mem_clock': 'clocks.max.memory',
  'remapped_rows/remapped_row_corr': 'remapped_rows.correctable',
  'remapped_rows/remapped_row_unc': 'remapped_rows.uncorrectable',
  'remapped_rows/remapped_row_pending': 'remapped_rows.pending',
  'remapped_rows/remapped_row_failure': 'remapped_rows.failure',
  'retired_pages/pending_retirement': 'retired_pages.pending',
  'retired_pages/pending_blacklist': 'retired_pages.pending',
};

const BY_SPELLING: ReadonlyMap<string, NvidiaField> = new Map(
  NVIDIA_FIELDS.flatMap((field) => field.fields.map((spelling) => [spelling, field] as const)),
);

/** Volatile memory errors: one sum (before Ampere), or by kind of memory (since). */
const ECC: readonly (readonly [kind: 'corrected' | 'uncorrected', path: RegExp])[] = [
  ['corrected', /^ecc_errors\/volatile\/(?:single_bit\/total|sram_correctable|dram_correctable)$/],
  [
    'uncorrected',
    /^ecc_errors\/volatile\/(?:double_bit\/total|sram_uncorrectable(?:_parity|_secded)?|dram_uncorrectable)$/,
  ],
];

const REASON = /^clocks_(?:event|throttle)_reasons\/clocks_(?:event|throttle)_reason_(\w{1,64})$/;
const REASON_SECONDS =
  /^clocks_(?:event|throttle)_reasons_counters\/clocks_(?:event|throttle)_reasons_counters_(\w{1,64})$/;

/**
 * One document of `nvidia-smi -q -x`. Throws Error when it is no such document, is nested deeper than any, or is cut off. Entities that it
 * declares itself are not known, and no DTD is fetched.
 */
export function readNvidiaXml(document: string): readonly GpuReading[] {
  const parser = new SaxesParser();
  const gpus: GpuReading[] = [];
  const path: string[] = [];
  let driver: string | undefined;
  let gpu: GpuElement | undefined;
  let text = '';
  parser.on('error', (error) => {
    throw new Error(`nvidia-smi -q -x: ${error.message.slice(0, 200)}`);
  });
  parser.on('opentag', ({ name }) => {
    if (path.length === 0 && name !== 'nvidia_smi_log') throw new Error('nvidia-smi -q -x: another document');
    path.push(name);
    if (path.length > DEPTH_MAX) throw new Error(`nvidia-smi -q -x: nested deeper than ${DEPTH_MAX}`);
    if (path.length === 2 && name === 'gpu') gpu = gpus.length < GPUS_MAX ? new GpuElement(gpus.length) : undefined;
    text = '';
  });
  parser.on('text', (part) => {
    if (text.length < TEXT_MAX) text += part.slice(0, TEXT_MAX);
  });
  parser.on('closetag', () => {
    if (path.length === 2 && path[1] === 'gpu') {
      const reading = gpu?.reading(driver);
      if (reading) gpus.push(reading);
      gpu = undefined;
    } else if (path.length === 2 && path[1] === 'driver_version') driver = toldText(text);
    else if (path.length > 2) gpu?.element(path.slice(2).join('/'), text);
    text = '';
    path.pop();
  });
  parser.write(document).close();
  return gpus;
}

class GpuElement {
  readonly #builder = new ReadingBuilder();
  readonly #index: number;
  readonly #ecc = new Map<'corrected' | 'uncorrected', number>();
  readonly #processes: GpuProcess[] = [];
  #process: Record<string, string> = {};
  #hasProcesses = false;

  constructor(index: number) {
    this.#index = index;
  }

  element(path: string, text: string): void {
    const field = Object.hasOwn(ELEMENTS, path) ? BY_SPELLING.get(ELEMENTS[path] ?? '') : this.#reason(path);
    if (field) this.#builder.take(field, text, undefined);
    else if (path.startsWith('processes')) this.#takeProcess(path, text);
    else for (const [kind, pattern] of ECC) if (pattern.test(path)) this.#addErrors(kind, text);
  }

  reading(driver: string | undefined): GpuReading | undefined {
    const reading = this.#builder.reading();
    return (
      reading && {
        ...reading,
        index: String(this.#index),
        ...(driver === undefined ? {} : { driver }),
        eccErrors: this.#ecc,
        ...(this.#hasProcesses ? { processes: this.#processes } : {}),
      }
    );
  }

  #reason(path: string): NvidiaField | undefined {
    const active = REASON.exec(path)?.[1];
    if (active !== undefined) return BY_SPELLING.get(`clocks_event_reasons.${active}`);
    const seconds = REASON_SECONDS.exec(path)?.[1];
    return seconds === undefined ? undefined : BY_SPELLING.get(`clocks_event_reasons_counters.${seconds}`);
  }

  #addErrors(kind: 'corrected' | 'uncorrected', text: string): void {
    const errors = toldNumber(text);
    if (errors !== undefined) this.#ecc.set(kind, (this.#ecc.get(kind) ?? 0) + errors);
  }

  #takeProcess(path: string, text: string): void {
    this.#hasProcesses = true;
    if (path !== 'processes/process_info') {
      const name = path.slice('processes/process_info/'.length);
      if (name === 'pid' || name === 'process_name' || name === 'used_memory') this.#process[name] = text;
      return;
    }
    const { pid = '', process_name: name = '', used_memory: used = '' } = this.#process;
    this.#process = {};
    const usedBytes = toldNumber(used, 'MiB');
    if (!/^\s*\d{1,10}\s*$/.test(pid) || this.#processes.length >= PROCESSES_MAX) return;
    this.#processes.push({ pid: pid.trim(), process: programName(name), usedBytes });
  }
}
