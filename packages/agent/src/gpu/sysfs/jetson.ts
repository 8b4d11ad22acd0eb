import type { GpuClock, GpuFigure, GpuReading } from '../reading.ts';
import { SysFiles } from './read-file.ts';

/** Where NVIDIA's boards have their GPU, by generation. */
export const JETSON_LOADS = [
  'sys/devices/gpu.0/load',
  'sys/devices/platform/gpu.0/load',
  'sys/devices/platform/bus@0/17000000.gpu/load',
  'sys/devices/platform/17000000.gpu/load',
  'sys/devices/57000000.gpu/load',
  'sys/devices/17000000.gv11b/load',
  'sys/devices/17000000.ga10b/load',
];
const ZONES_MAX = 64;

/** A Jetson's GPU, or nothing on any other machine. Its memory is the machine's own. */
export async function readJetson(root: string): Promise<readonly GpuReading[]> {
  const files = new SysFiles(root);
  const load = await files.firstNumber(JETSON_LOADS);
  if (load === undefined) return [];
  const figures = new Map<GpuFigure, number>([['gpu_utilization_ratio', load / 1_000]]);
  const clocks = new Map<GpuClock, number>();
  for (const name of (await files.names('sys/class/devfreq')).filter((one) => /gpu|gv11b|ga10b|gp10b/.test(one))) {
    const hertz = await files.number(`sys/class/devfreq/${name}/cur_freq`);
    if (hertz !== undefined) clocks.set('graphics', hertz);
  }
  for (const zone of (await files.names('sys/class/thermal')).slice(0, ZONES_MAX)) {
    const type = await files.text(`sys/class/thermal/${zone}/type`);
    const degrees = await files.number(`sys/class/thermal/${zone}/temp`);
    if (type !== undefined && /gpu/i.test(type) && degrees !== undefined)
      figures.set('gpu_temperature_celsius', degrees / 1_000);
  }
  const model = (await files.text('proc/device-tree/model'))?.replaceAll('\0', '').slice(0, 128);
  return [
    {
      gpu: 'gpu.0',
      vendor: 'jetson',
      ...(model === undefined ? {} : { name: model }),
      figures,
      clocks,
      clocksMax: new Map(),
      throttle: new Map(),
      throttleSeconds: new Map(),
      eccErrors: new Map(),
      remappedRows: new Map(),
    },
  ];
}
