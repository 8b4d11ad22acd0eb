import type { HostPart } from './part.ts';

const RESOURCES = [
  [
    'cpu',
    'some',
    'node_pressure_cpu_waiting_seconds_total',
    'Time in which a process waited for a processor, in seconds.',
  ],
  ['io', 'some', 'node_pressure_io_waiting_seconds_total', 'Time in which a process waited for a disk, in seconds.'],
  [
    'io',
    'full',
    'node_pressure_io_stalled_seconds_total',
    'Time in which all processes waited for a disk, in seconds.',
  ],
  [
    'memory',
    'some',
    'node_pressure_memory_waiting_seconds_total',
    'Time in which a process waited for memory, in seconds.',
  ],
  [
    'memory',
    'full',
    'node_pressure_memory_stalled_seconds_total',
    'Time in which all processes waited for memory, in seconds.',
  ],
] as const;

/** /proc/pressure, present where the kernel accounts for it. */
export function pressurePart(): HostPart {
  return {
    name: 'pressure',
    collect: async ({ page, read }) => {
      const texts = new Map(
        await Promise.all(
          ['cpu', 'io', 'memory'].map(async (name) => [name, await read(`/proc/pressure/${name}`)] as const),
        ),
      );
      for (const [resource, kind, name, help] of RESOURCES) {
        const line = texts
          .get(resource)
          ?.split('\n')
          .find((text) => text.startsWith(`${kind} `));
        const total = /\btotal=(\d+)/.exec(line ?? '')?.[1];
        if (total !== undefined) page.family(name, 'counter', help).sample({}, Number(total) / 1_000_000);
      }
    },
  };
}
