import { type HostPart, numbers } from './part.ts';

/** /proc/loadavg. */
export function loadPart(): HostPart {
  return {
    name: 'load',
    collect: async ({ page, read }) => {
      const [one, five, fifteen] = numbers(await read('/proc/loadavg'));
      page
        .family('node_load1', 'gauge', 'Processes that run or wait, averaged over one minute.')
        .sample({}, one ?? Number.NaN);
      page
        .family('node_load5', 'gauge', 'Processes that run or wait, averaged over five minutes.')
        .sample({}, five ?? Number.NaN);
      page
        .family('node_load15', 'gauge', 'Processes that run or wait, averaged over fifteen minutes.')
        .sample({}, fifteen ?? Number.NaN);
    },
  };
}
