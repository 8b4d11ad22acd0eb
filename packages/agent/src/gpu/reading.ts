/** One GPU as it was read, in base units; what it does not tell is absent. Its figures are named as their series are. */
export interface GpuReading {
  /** UUID where there is one, else the PCI address or the kernel's name. */
  readonly gpu: string;
  readonly index?: string;
  readonly name?: string;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'jetson';
  readonly driver?: string;
  /** `0000:83:00.0`, domain of four digits. */
  readonly pci?: string;
  readonly figures: ReadonlyMap<GpuFigure, number>;
  /** Hertz by clock. */
  readonly clocks: ReadonlyMap<GpuClock, number>;
  readonly clocksMax: ReadonlyMap<GpuClock, number>;
  /** 1 while the clock is held down for that reason. */
  readonly throttle: ReadonlyMap<ThrottleReason, boolean>;
  /** Seconds since the driver was loaded. */
  readonly throttleSeconds: ReadonlyMap<ThrottleReason, number>;
  /** Memory errors since the driver was loaded. */
  readonly eccErrors: ReadonlyMap<'corrected' | 'uncorrected', number>;
  readonly remappedRows: ReadonlyMap<'correctable' | 'uncorrectable', number>;
  readonly processes?: readonly GpuProcess[];
}

export interface GpuProcess {
  readonly pid: string;
  /** The program's file name, without its path and arguments. */
  readonly process: string;
  /** Undefined where the driver does not tell: on Windows, in vGPUs, without permission. */
  readonly usedBytes: number | undefined;
}

export const GPU_CLOCKS = ['graphics', 'sm', 'memory', 'video'] as const;
export type GpuClock = (typeof GPU_CLOCKS)[number];

/** Label values of `gpu_throttle_active{reason}`. */
export const THROTTLE_REASONS = [
  'idle',
  'application_clocks',
  'power_cap',
  'hw_slowdown',
  'hw_thermal',
  'hw_power_brake',
  'sw_thermal',
  'sync_boost',
  'other',
] as const;
export type ThrottleReason = (typeof THROTTLE_REASONS)[number];

/** Name of the series, type, help. */
export const GPU_FIGURES = {
  gpu_utilization_ratio: ['gauge', 'Share of time in which a kernel ran on the GPU, 0 to 1.'],
  gpu_memory_bandwidth_ratio: ['gauge', 'Share of time in which the GPU’s memory was read or written, 0 to 1.'],
  gpu_decoder_utilization_ratio: ['gauge', 'Load of the video decoder, 0 to 1.'],
  gpu_encoder_utilization_ratio: ['gauge', 'Load of the video encoder, 0 to 1.'],
  gpu_jpeg_utilization_ratio: ['gauge', 'Load of the JPEG decoder, 0 to 1.'],
  gpu_ofa_utilization_ratio: ['gauge', 'Load of the optical flow unit, 0 to 1.'],
  gpu_encoder_sessions: ['gauge', 'Encoding sessions that are open.'],
  gpu_encoder_frames_per_second: ['gauge', 'Frames per second of all encoding sessions.'],
  gpu_encoder_latency_seconds: ['gauge', 'Mean delay of the encoding sessions.'],
  gpu_memory_used_bytes: ['gauge', 'Memory of the GPU in use.'],
  gpu_memory_total_bytes: ['gauge', 'Memory of the GPU.'],
  gpu_memory_free_bytes: ['gauge', 'Memory of the GPU that nothing uses.'],
  gpu_memory_reserved_bytes: ['gauge', 'Memory of the GPU that the driver keeps.'],
  gpu_temperature_celsius: ['gauge', 'Temperature of the GPU.'],
  gpu_memory_temperature_celsius: ['gauge', 'Temperature of the GPU’s memory.'],
  gpu_temperature_headroom_celsius: ['gauge', 'Degrees left until the GPU slows down.'],
  gpu_power_watts: ['gauge', 'Power that the GPU draws.'],
  gpu_power_limit_watts: ['gauge', 'Power that the GPU may draw.'],
  gpu_energy_joules_total: ['counter', 'Energy that the GPU has used.'],
  gpu_fan_ratio: ['gauge', 'Speed of the fan, 0 to 1.'],
  gpu_pcie_link_generation: ['gauge', 'PCIe generation that the GPU is connected with now.'],
  gpu_pcie_link_width: ['gauge', 'PCIe lanes that the GPU is connected with now.'],
  gpu_pcie_replays_total: ['counter', 'PCIe packets that were sent again.'],
  gpu_remapped_rows_pending: ['gauge', '1 when a row of memory waits to be replaced at the next start, else 0.'],
  gpu_remapped_rows_failure: ['gauge', '1 when a row of memory could not be replaced, else 0.'],
  gpu_retired_pages_pending: ['gauge', '1 when a page of memory waits to be retired at the next start, else 0.'],
  gpu_performance_state: ['gauge', 'Performance state, 0 the fastest to 15.'],
} as const satisfies Readonly<Record<string, readonly ['gauge' | 'counter', string]>>;
export type GpuFigure = keyof typeof GPU_FIGURES;
