import { MetricWriter } from '@vedette/wire/exposition';
import type { Collector } from '../collector.ts';
import { cpuPart } from './host/cpu.ts';
import { diskPart } from './host/disk.ts';
import { filesystemPart } from './host/filesystem.ts';
import { entropyPart, filesPart, timePart, unamePart } from './host/kernel.ts';
import { loadPart } from './host/load.ts';
import { memoryPart } from './host/memory.ts';
import { networkPart } from './host/network.ts';
import { type HostPart, isMissing, partContext } from './host/part.ts';
import { portablePart } from './host/portable.ts';
import { pressurePart } from './host/pressure.ts';
import { socketsPart } from './host/sockets.ts';
import { thermalPart } from './host/thermal.ts';
import { vmstatPart } from './host/vmstat.ts';

export interface HostCollectorOptions {
  /** Folder that holds `proc` and `sys`; `/` unless the host's are mounted elsewhere (or a test has its own). */
  readonly root?: string;
  readonly platform?: NodeJS.Platform;
  /** Wall time in milliseconds. */
  readonly nowMs?: () => number;
}

/**
 * The machine's own figures: `node_*` with the names, labels and meaning of the Prometheus node exporter (1.5), and the VMS names
 * `disk_*` and `network_*` beside them. See docs/reference/host-collector.md.
 */
export function createHostCollector(options: HostCollectorOptions = {}): Collector {
  const root = options.root ?? '/';
  const nowMs = options.nowMs ?? Date.now;
  const parts = (options.platform ?? process.platform) === 'linux' ? linuxParts() : [portablePart(), timePart()];
  return {
    name: 'host',
    collect: async (signal) => {
      const page = new MetricWriter();
      const context = partContext(root, page, nowMs(), signal);
      const results = await Promise.all(
        parts.map(async (part) => {
          const startedMs = performance.now();
          const error = await part.collect(context).then(
            () => undefined,
            (reason: unknown) => reason ?? new Error('no reason given'),
          );
          return { name: part.name, error, seconds: (performance.now() - startedMs) / 1_000 };
        }),
      );
      signal.throwIfAborted();
      // A part whose files are missing is not part of this machine.
      const present = results.filter((result) => !isMissing(result.error));
      const failed = present.filter((result) => result.error !== undefined);
      if (failed.length === present.length && failed[0]) {
        throw new Error(`nothing could be read about this host: ${String(failed[0].error)}`, {
          cause: failed[0].error,
        });
      }
      const success = page.family(
        'vedette_collector_success',
        'gauge',
        '1 when the part of the collector was read, else 0.',
      );
      const duration = page.family(
        'vedette_collector_duration_seconds',
        'gauge',
        'Time until the part was read, in seconds.',
      );
      for (const result of present) {
        const labels = { collector: 'host', part: result.name };
        success.sample(labels, result.error === undefined ? 1 : 0);
        duration.sample(labels, result.seconds);
      }
      return page.toString();
    },
  };
}

function linuxParts(): readonly HostPart[] {
  return [
    cpuPart(),
    memoryPart(),
    loadPart(),
    filesystemPart(),
    diskPart(),
    networkPart(),
    pressurePart(),
    vmstatPart(),
    socketsPart(),
    filesPart(),
    entropyPart(),
    thermalPart(),
    unamePart(),
    timePart(),
  ];
}
