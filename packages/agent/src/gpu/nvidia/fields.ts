import type { GpuClock, GpuFigure, ThrottleReason } from '../reading.ts';

/**
 * What is asked of nvidia-smi, and what becomes of it. Each has the spellings that drivers have used, newest first; the first that
 * `--help-query-gpu` of this driver knows is asked for.
 */
export type NvidiaField =
  | {
      readonly to: 'text';
      readonly key: 'uuid' | 'index' | 'name' | 'driver' | 'pci';
      readonly fields: readonly string[];
    }
  | { readonly to: 'figure'; readonly figure: GpuFigure; readonly fields: readonly string[]; readonly unit?: string }
  | { readonly to: 'switch'; readonly figure: GpuFigure; readonly fields: readonly string[] }
  | { readonly to: 'state'; readonly fields: readonly string[] }
  | { readonly to: 'clock' | 'clockMax'; readonly clock: GpuClock; readonly fields: readonly string[] }
  | { readonly to: 'throttle' | 'throttleSeconds'; readonly reason: ThrottleReason; readonly fields: readonly string[] }
  | { readonly to: 'ecc'; readonly kind: 'corrected' | 'uncorrected'; readonly fields: readonly string[] }
  | { readonly to: 'rows'; readonly kind: 'correctable' | 'uncorrectable'; readonly fields: readonly string[] };

const text = (key: 'uuid' | 'index' | 'name' | 'driver' | 'pci', ...fields: string[]): NvidiaField => ({
  to: 'text',
  key,
  fields,
});
const figure = (name: GpuFigure, fields: readonly string[], unit?: string): NvidiaField =>
  unit === undefined ? { to: 'figure', figure: name, fields } : { to: 'figure', figure: name, fields, unit };
/** `clocks_event_reasons` since driver 535, `clocks_throttle_reasons` before. */
const reason = (name: ThrottleReason, word: string): NvidiaField => ({
  to: 'throttle',
  reason: name,
  fields: [`clocks_event_reasons.${word}`, `clocks_throttle_reasons.${word}`],
});
const seconds = (name: ThrottleReason, word: string): NvidiaField => ({
  to: 'throttleSeconds',
  reason: name,
  fields: [`clocks_event_reasons_counters.${word}`, `clocks_throttle_reasons_counters.${word}`],
});

export const NVIDIA_FIELDS: readonly NvidiaField[] = [
  text('uuid', 'uuid', 'gpu_uuid'),
  text('index', 'index'),
  text('name', 'name', 'gpu_name'),
  text('driver', 'driver_version'),
  text('pci', 'pci.bus_id', 'gpu_bus_id'),
  { to: 'state', fields: ['pstate'] },
  figure('gpu_utilization_ratio', ['utilization.gpu'], '%'),
  figure('gpu_memory_bandwidth_ratio', ['utilization.memory'], '%'),
  figure('gpu_decoder_utilization_ratio', ['utilization.decoder'], '%'),
  figure('gpu_encoder_utilization_ratio', ['utilization.encoder'], '%'),
  figure('gpu_jpeg_utilization_ratio', ['utilization.jpeg'], '%'),
  figure('gpu_ofa_utilization_ratio', ['utilization.ofa'], '%'),
  figure('gpu_encoder_sessions', ['encoder.stats.sessionCount']),
  figure('gpu_encoder_frames_per_second', ['encoder.stats.averageFps']),
  figure('gpu_encoder_latency_seconds', ['encoder.stats.averageLatency'], 'us'),
  figure('gpu_memory_used_bytes', ['memory.used'], 'MiB'),
  figure('gpu_memory_total_bytes', ['memory.total'], 'MiB'),
  figure('gpu_memory_free_bytes', ['memory.free'], 'MiB'),
  figure('gpu_memory_reserved_bytes', ['memory.reserved'], 'MiB'),
  figure('gpu_temperature_celsius', ['temperature.gpu']),
  figure('gpu_memory_temperature_celsius', ['temperature.memory']),
  figure('gpu_temperature_headroom_celsius', ['temperature.gpu.tlimit']),
  figure('gpu_power_watts', ['power.draw', 'power.draw.instant'], 'W'),
  figure('gpu_power_limit_watts', ['enforced.power.limit', 'power.limit'], 'W'),
  figure('gpu_fan_ratio', ['fan.speed'], '%'),
  figure('gpu_pcie_link_generation', ['pcie.link.gen.gpucurrent', 'pcie.link.gen.current']),
  figure('gpu_pcie_link_width', ['pcie.link.width.current']),
  { to: 'clock', clock: 'graphics', fields: ['clocks.current.graphics', 'clocks.gr'] },
  { to: 'clock', clock: 'sm', fields: ['clocks.current.sm', 'clocks.sm'] },
  { to: 'clock', clock: 'memory', fields: ['clocks.current.memory', 'clocks.mem'] },
  { to: 'clock', clock: 'video', fields: ['clocks.current.video', 'clocks.video'] },
  { to: 'clockMax', clock: 'graphics', fields: ['clocks.max.graphics', 'clocks.max.gr'] },
  { to: 'clockMax', clock: 'sm', fields: ['clocks.max.sm'] },
  { to: 'clockMax', clock: 'memory', fields: ['clocks.max.memory', 'clocks.max.mem'] },
  reason('idle', 'gpu_idle'),
  reason('application_clocks', 'applications_clocks_setting'),
  reason('power_cap', 'sw_power_cap'),
  reason('hw_slowdown', 'hw_slowdown'),
  reason('hw_thermal', 'hw_thermal_slowdown'),
  reason('hw_power_brake', 'hw_power_brake_slowdown'),
  reason('sw_thermal', 'sw_thermal_slowdown'),
  reason('sync_boost', 'sync_boost'),
  seconds('power_cap', 'sw_power_cap'),
  seconds('hw_thermal', 'hw_thermal_slowdown'),
  seconds('hw_power_brake', 'hw_power_brake_slowdown'),
  seconds('sw_thermal', 'sw_thermal_slowdown'),
  seconds('sync_boost', 'sync_boost'),
  { to: 'ecc', kind: 'corrected', fields: ['ecc.errors.corrected.volatile.total'] },
  { to: 'ecc', kind: 'uncorrected', fields: ['ecc.errors.uncorrected.volatile.total'] },
  { to: 'rows', kind: 'correctable', fields: ['remapped_rows.correctable'] },
  { to: 'rows', kind: 'uncorrectable', fields: ['remapped_rows.uncorrectable'] },
  { to: 'switch', figure: 'gpu_remapped_rows_pending', fields: ['remapped_rows.pending'] },
  { to: 'switch', figure: 'gpu_remapped_rows_failure', fields: ['remapped_rows.failure'] },
  { to: 'switch', figure: 'gpu_retired_pages_pending', fields: ['retired_pages.pending'] },
];

/** Of help texts; drivers know some 250 fields. */
const KNOWN_MAX = 4_096;
const QUOTED = /"([A-Za-z0-9_.]{1,96})"/g;

/** The fields that `nvidia-smi --help-query-gpu` names: lines such as `"name" or "gpu_name"`. */
export function knownFields(help: string): ReadonlySet<string> {
  const known = new Set<string>();
  for (const line of help.split('\n')) {
    if (!line.startsWith('"')) continue;
    for (const [, field] of line.matchAll(QUOTED)) if (known.size < KNOWN_MAX && field !== undefined) known.add(field);
  }
  return known;
}

/** A column that is asked for, and what it becomes. */
export interface AskedField {
  readonly name: string;
  readonly field: NvidiaField;
}

/** Empty when the driver knows no `uuid`: then it is no nvidia-smi. */
export function askedFields(known: ReadonlySet<string>): readonly AskedField[] {
  const asked: AskedField[] = [];
  for (const field of NVIDIA_FIELDS) {
    const name = field.fields.find((spelling) => known.has(spelling));
    if (name !== undefined) asked.push({ name, field });
  }
  return asked.some(({ field }) => field.to === 'text' && field.key === 'uuid') ? asked : [];
}
