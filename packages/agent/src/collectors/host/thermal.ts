import { readdir } from 'node:fs/promises';
import type { HostPart } from './part.ts';

/** Temperatures of /sys/class/thermal; virtual machines have none. */
export function thermalPart(): HostPart {
  return {
    name: 'thermal',
    collect: async ({ page, path, read }) => {
      const zones = (await readdir(path('/sys/class/thermal'))).filter((name) => name.startsWith('thermal_zone'));
      await Promise.all(
        zones.map(async (name) => {
          const [type, temperature] = await Promise.all([
            read(`/sys/class/thermal/${name}/type`),
            read(`/sys/class/thermal/${name}/temp`),
          ]);
          page
            .family('node_thermal_zone_temp', 'gauge', 'Temperature of a zone in degrees Celsius.')
            .sample({ zone: name.slice('thermal_zone'.length), type: type.trim() }, Number(temperature) / 1_000);
        }),
      );
    },
  };
}
