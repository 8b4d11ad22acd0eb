import type { MetricWriter } from '@vedette/wire/exposition';
import { GPU_FIGURES, type GpuFigure, type GpuReading } from './reading.ts';

/** Processes of one GPU that are shown; the largest. */
const PROCESSES_MAX = 64;

/** The canonical names of GPUs, whichever maker. Families come in one order, so that pages repeat. */
export function writeGpus(page: MetricWriter, gpus: readonly GpuReading[]): void {
  for (const reading of gpus) writeGpu(page, reading);
}

function writeGpu(page: MetricWriter, reading: GpuReading): void {
  const { gpu } = reading;
  page.family('gpu_info', 'gauge', 'Make, model and driver of the GPU in labels; always 1.').sample(
    {
      gpu,
      index: reading.index ?? '',
      name: reading.name ?? '',
      vendor: reading.vendor,
      driver: reading.driver ?? '',
      pci: reading.pci ?? '',
    },
    1,
  );
  for (const name of Object.keys(GPU_FIGURES) as GpuFigure[]) {
    const value = reading.figures.get(name);
    const [type, help] = GPU_FIGURES[name];
    if (value !== undefined) page.family(name, type, help).sample({ gpu }, value);
  }
  for (const [type, hertz] of reading.clocks)
    page.family('gpu_clock_hertz', 'gauge', 'Clock of the GPU by what it drives.').sample({ gpu, type }, hertz);
  for (const [type, hertz] of reading.clocksMax)
    page.family('gpu_clock_max_hertz', 'gauge', 'Highest clock of the GPU.').sample({ gpu, type }, hertz);
  for (const [reason, active] of reading.throttle) {
    page
      .family('gpu_throttle_active', 'gauge', '1 while the clock is held down for the reason, else 0.')
      .sample({ gpu, reason }, active ? 1 : 0);
  }
  for (const [reason, seconds] of reading.throttleSeconds) {
    page
      .family('gpu_throttle_seconds_total', 'counter', 'Time for which the clock was held down for the reason.')
      .sample({ gpu, reason }, seconds);
  }
  for (const [kind, errors] of reading.eccErrors) {
    page
      .family('gpu_ecc_errors_total', 'counter', 'Memory errors since the driver was loaded.')
      .sample({ gpu, kind }, errors);
  }
  for (const [kind, rows] of reading.remappedRows)
    page.family('gpu_remapped_rows', 'gauge', 'Rows of memory that were replaced.').sample({ gpu, kind }, rows);
  if (reading.processes) writeProcesses(page, gpu, reading.processes);
}

function writeProcesses(page: MetricWriter, gpu: string, processes: NonNullable<GpuReading['processes']>): void {
  page.family('gpu_processes', 'gauge', 'Processes that use the GPU.').sample({ gpu }, processes.length);
  const largest = [...processes].sort((a, b) => (b.usedBytes ?? 0) - (a.usedBytes ?? 0)).slice(0, PROCESSES_MAX);
  for (const { pid, process, usedBytes } of largest) {
    if (usedBytes === undefined) continue;
    page
      .family('gpu_process_memory_used_bytes', 'gauge', 'Memory of the GPU that one process holds.')
      .sample({ gpu, process, pid }, usedBytes);
  }
}
