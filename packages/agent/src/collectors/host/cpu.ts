import { type HostPart, type PartContext, numbers } from './part.ts';

/** /proc/stat counts in USER_HZ, which the kernel fixes at 100 for user space on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/**
 * The kernel's idle and iowait times may run back a little; passed on as they are, `rate` would take that for a restart. A drop by
 * more than this means that the processor was unplugged and counts anew.
 */
const IDLE_DROP_IGNORED_SECONDS = 3;

/** /proc/stat: processor time, interrupts, context switches, forks, running and blocked processes, boot time. */
export function cpuPart(): HostPart {
  const highest = new Map<string, number>();
  const steady = (key: string, value: number): number => {
    const last = highest.get(key);
    const shown = last !== undefined && value < last && last - value < IDLE_DROP_IGNORED_SECONDS ? last : value;
    highest.set(key, shown);
    return shown;
  };
  return {
    name: 'cpu',
    collect: async (context) => {
      const lines = (await context.read('/proc/stat')).split('\n');
      const seconds = context.page.family(
        'node_cpu_seconds_total',
        'counter',
        'Processor time by what it was spent on, in seconds.',
      );
      const guest = context.page.family(
        'node_cpu_guest_seconds_total',
        'counter',
        'Processor time spent for guests of this machine, in seconds; also part of user and nice.',
      );
      for (const line of lines) {
        const match = /^cpu(\d+) (.*)$/.exec(line);
        if (match) {
          const cpu = match[1] ?? '';
          const ticks = numbers(match[2] ?? '');
          for (const [i, mode] of MODES.entries()) {
            const value = (ticks[i] ?? 0) / TICKS_PER_SECOND;
            seconds.sample(
              { cpu, mode },
              mode === 'idle' || mode === 'iowait' ? steady(`${cpu} ${mode}`, value) : value,
            );
          }
          guest.sample({ cpu, mode: 'user' }, (ticks[8] ?? 0) / TICKS_PER_SECOND);
          guest.sample({ cpu, mode: 'nice' }, (ticks[9] ?? 0) / TICKS_PER_SECOND);
        } else writeCounter(context, line);
      }
    },
  };
}

const COUNTERS: Readonly<Record<string, readonly [name: string, type: 'counter' | 'gauge', help: string]>> = {
  intr: ['node_intr_total', 'counter', 'Interrupts served since boot.'],
  ctxt: ['node_context_switches_total', 'counter', 'Context switches since boot.'],
  processes: ['node_forks_total', 'counter', 'Processes and threads started since boot.'],
  btime: ['node_boot_time_seconds', 'gauge', 'When the machine booted, in seconds since 1970.'],
  procs_running: ['node_procs_running', 'gauge', 'Processes that run or could run.'],
  procs_blocked: ['node_procs_blocked', 'gauge', 'Processes that wait for a disk.'],
};

/** The first number counts; `intr` goes on with one number per interrupt. */
function writeCounter(context: PartContext, line: string): void {
  const [key, value] = line.split(' ', 2);
  const counter = key !== undefined && Object.hasOwn(COUNTERS, key) ? COUNTERS[key] : undefined;
  if (counter && value !== undefined) context.page.family(...counter).sample({}, Number(value));
}
