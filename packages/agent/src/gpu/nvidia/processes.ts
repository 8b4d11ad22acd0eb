import type { GpuProcess } from '../reading.ts';
import { toldNumber, toldText } from './cell.ts';

/** Of all GPUs together. */
const PROCESSES_MAX = 4_096;
const LINES_MAX = 8_192;

/** What `--query-compute-apps` is asked for, in this order. */
export const PROCESS_FIELDS = ['gpu_uuid', 'pid', 'process_name', 'used_gpu_memory'] as const;

/** The program's file name: paths differ from machine to machine, and arguments hold the passwords of streams. */
export function programName(told: string): string {
  const command = told.trim();
  // Paths of Windows hold spaces.
  const end = /^[A-Za-z]:\\/.test(command) ? command.toLowerCase().indexOf('.exe') : -1;
  const program = end < 0 ? (command.split(' ', 1)[0] ?? '') : command.slice(0, end + '.exe'.length);
  return program.slice(Math.max(program.lastIndexOf('/'), program.lastIndexOf('\\')) + 1).slice(0, 128);
}

/** `nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,noheader`, by GPU. */
export function readProcessTable(text: string): ReadonlyMap<string, readonly GpuProcess[]> {
  const byGpu = new Map<string, GpuProcess[]>();
  let kept = 0;
  for (const line of text.split('\n', LINES_MAX)) {
    const cells = line.split(',');
    // A name may hold commas; the cells around it do not.
    if (cells.length < PROCESS_FIELDS.length || kept >= PROCESSES_MAX) continue;
    const gpu = toldText(cells[0] ?? '');
    const pid = toldText(cells[1] ?? '');
    // Nobody but its owner may know its name where permissions are missing.
    const name = toldText(cells.slice(2, -1).join(',')) ?? '';
    const usedBytes = toldNumber(cells.at(-1) ?? '', 'MiB');
    if (gpu === undefined || pid === undefined || !/^\d{1,10}$/.test(pid)) continue;
    kept++;
    const own = byGpu.get(gpu);
    const process = { pid, process: programName(name), usedBytes };
    if (own) own.push(process);
    else byGpu.set(gpu, [process]);
  }
  return byGpu;
}
