import type { HostPart } from './part.ts';

/** The few of /proc/vmstat that the node exporter shows by default. */
const SHOWN = /^(?:oom_kill|pgpg\w*|pswp\w*|pg\w*fault)$/;

export function vmstatPart(): HostPart {
  return {
    name: 'vmstat',
    collect: async ({ page, read }) => {
      for (const line of (await read('/proc/vmstat')).split('\n')) {
        const [key, value] = line.split(' ');
        if (key !== undefined && value !== undefined && SHOWN.test(key)) {
          page.family(`node_vmstat_${key}`, 'untyped', `${key} of /proc/vmstat.`).sample({}, Number(value));
        }
      }
    },
  };
}
