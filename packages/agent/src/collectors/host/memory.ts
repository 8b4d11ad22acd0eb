import type { HostPart } from './part.ts';

/** /proc/meminfo, every line; `Active(anon)` becomes `Active_anon`, kB become bytes. */
export function memoryPart(): HostPart {
  return {
    name: 'memory',
    collect: async ({ page, read }) => {
      for (const line of (await read('/proc/meminfo')).split('\n')) {
        const match = /^([^:]+):\s+(\d+)( kB)?$/.exec(line);
        if (!match?.[1]) continue;
        const name = match[1].replaceAll(/[()]/g, (mark) => (mark === '(' ? '_' : ''));
        const inBytes = match[3] !== undefined;
        page
          .family(
            `node_memory_${name}${inBytes ? '_bytes' : ''}`,
            'gauge',
            `${match[1]} of /proc/meminfo${inBytes ? ', in bytes' : ''}.`,
          )
          .sample({}, Number(match[2]) * (inBytes ? 1_024 : 1));
      }
    },
  };
}
