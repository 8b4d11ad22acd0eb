import { cpus, freemem, hostname, loadavg, machine, release, totalmem, type, uptime, version } from 'node:os';
import type { HostPart } from './part.ts';

/** What Node tells on every system, under the same names; used where there is no /proc. */
export function portablePart(): HostPart {
  return {
    name: 'portable',
    collect: async ({ page, nowMs }) => {
      const seconds = page.family(
        'node_cpu_seconds_total',
        'counter',
        'Processor time by what it was spent on, in seconds.',
      );
      for (const [i, { times }] of cpus().entries()) {
        const cpu = String(i);
        for (const [mode, ms] of [
          ['user', times.user],
          ['nice', times.nice],
          ['system', times.sys],
          ['idle', times.idle],
          ['irq', times.irq],
        ] as const) {
          seconds.sample({ cpu, mode }, ms / 1_000);
        }
      }
      page.family('node_memory_MemTotal_bytes', 'gauge', 'Memory of this machine in bytes.').sample({}, totalmem());
      page.family('node_memory_MemFree_bytes', 'gauge', 'Memory that nothing uses, in bytes.').sample({}, freemem());
      // The nearest figure there is; systems without /proc do not tell what could be reclaimed.
      page
        .family('node_memory_MemAvailable_bytes', 'gauge', 'Memory that programs could get, in bytes.')
        .sample({}, freemem());
      const [one = 0, five = 0, fifteen = 0] = loadavg();
      page.family('node_load1', 'gauge', 'Processes that run or wait, averaged over one minute.').sample({}, one);
      page.family('node_load5', 'gauge', 'Processes that run or wait, averaged over five minutes.').sample({}, five);
      page
        .family('node_load15', 'gauge', 'Processes that run or wait, averaged over fifteen minutes.')
        .sample({}, fifteen);
      page
        .family('node_boot_time_seconds', 'gauge', 'When the machine booted, in seconds since 1970.')
        .sample({}, Math.round(nowMs / 1_000 - uptime()));
      page.family('node_uname_info', 'gauge', 'Name and version of the system in labels; always 1.').sample(
        {
          domainname: '',
          machine: machine(),
          nodename: hostname(),
          release: release(),
          sysname: type(),
          version: version(),
        },
        1,
      );
    },
  };
}
