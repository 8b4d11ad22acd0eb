import type { Clock } from '../clock.ts';
import type { ClosableCollector } from '../collector.ts';
import { type SourcePart, collectParts } from '../source/parts.ts';
import { NvidiaSmi, type NvidiaSmiOptions } from './nvidia/smi.ts';
import { readCards } from './sysfs/cards.ts';
import { readJetson } from './sysfs/jetson.ts';
import { writeGpus } from './write.ts';
import { XidLog, withoutFunction } from './xid.ts';

export interface GpuCollectorOptions {
  readonly clock: Clock;
  /** False: this machine has no NVIDIA GPU, or somebody else reads it. */
  readonly nvidia?: Omit<NvidiaSmiOptions, 'clock'> | false;
  /** Of `/sys` and `/proc`, for AMD, Intel and Jetson. */
  readonly root?: string;
  /** The kernel's log, for Xid errors; false to leave it alone. */
  readonly kernelLog?: string | false;
  readonly platform?: NodeJS.Platform;
  /** Of one part of a reading. */
  readonly limitMs?: number;
}

/**
 * The GPUs of this machine under the canonical `gpu_*` names: NVIDIA's through one nvidia-smi that runs on, AMD's, Intel's and a
 * Jetson's from /sys, Xid errors from the kernel's log. See docs/reference/gpu-collector.md. Close it to end nvidia-smi.
 */
export function createGpuCollector(options: GpuCollectorOptions): ClosableCollector {
  const { clock } = options;
  const linux = (options.platform ?? process.platform) === 'linux';
  const root = options.root ?? '/';
  const smi = options.nvidia === false ? undefined : new NvidiaSmi({ ...options.nvidia, clock });
  const xids = linux && options.kernelLog !== false && smi ? new XidLog(options.kernelLog ?? '/dev/kmsg') : undefined;
  /** PCI address without function → GPU, as nvidia-smi last told. */
  const gpuByPci = new Map<string, string>();

  const nvidia = (one: NvidiaSmi): SourcePart => ({
    name: 'nvidia',
    read: async (signal) => {
      const { gpus, fault, starts, malformedLines } = await one.read(signal);
      // Where nvidia-smi is not installed there is no NVIDIA GPU to speak of.
      if (fault?.reason === 'path') return undefined;
      if (fault) throw fault;
      for (const { gpu, pci } of gpus) if (pci !== undefined) gpuByPci.set(withoutFunction(pci), gpu);
      return (page) => {
        writeGpus(page, gpus);
        page.family('gpu_nvidia_smi_starts_total', 'counter', 'Times that nvidia-smi was started.').sample({}, starts);
        page
          .family(
            'gpu_nvidia_smi_malformed_total',
            'counter',
            'Lines and documents of nvidia-smi that were not understood.',
          )
          .sample({}, malformedLines);
      };
    },
  });
  const sysfs: SourcePart = {
    name: 'sysfs',
    read: async () => {
      if (!linux) return undefined;
      const gpus = [...(await readCards(root)), ...(await readJetson(root))];
      return gpus.length === 0 ? undefined : (page) => writeGpus(page, gpus);
    },
  };
  const xid = (log: XidLog): SourcePart => ({
    name: 'xid',
    read: async () => {
      if (!(await log.read())) return undefined;
      return (page) => {
        for (const { event, count } of log.counts()) {
          page
            .family('gpu_xid_errors_total', 'counter', 'Errors that the NVIDIA driver wrote to the kernel’s log.')
            .sample({ gpu: gpuByPci.get(event.pci) ?? event.pci, xid: event.xid }, count);
        }
      };
    },
  });
  const parts = [...(smi ? [nvidia(smi)] : []), sysfs, ...(xids ? [xid(xids)] : [])];
  return {
    name: 'gpu',
    collect: (signal) => collectParts('gpu', parts, clock, signal, options.limitMs),
    close: async () => {
      await Promise.all([smi?.close(), xids?.close()]);
    },
  };
}
