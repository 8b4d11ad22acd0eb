import type { GpuClock, GpuFigure, GpuReading, ThrottleReason } from '../reading.ts';
import { SysFiles } from './read-file.ts';

const CARDS_MAX = 64;
const AMD = '0x1002';
const INTEL = '0x8086';

/** Makers whose drivers tell about themselves in /sys. */
export const CARD_VENDORS: ReadonlySet<string> = new Set([AMD, INTEL]);

/**
 * AMD and Intel cards as the kernel's drivers (amdgpu, i915, xe) tell them in /sys/class/drm. NVIDIA's own driver tells nothing there.
 */
export async function readCards(root: string): Promise<readonly GpuReading[]> {
  const files = new SysFiles(root);
  const cards = (await files.names('sys/class/drm')).filter((name) => /^card\d{1,3}$/.test(name)).slice(0, CARDS_MAX);
  const readings = await Promise.all(
    cards.map(async (card) => {
      const device = `sys/class/drm/${card}/device`;
      const vendor = await files.text(`${device}/vendor`);
      if (vendor === AMD) return readAmd(files, card, device);
      return vendor === INTEL ? readIntel(files, card, device) : undefined;
    }),
  );
  return readings.filter((reading) => reading !== undefined);
}

/** Figures under construction; undefined values are left out. */
class Figures {
  readonly figures = new Map<GpuFigure, number>();
  readonly clocks = new Map<GpuClock, number>();
  readonly clocksMax = new Map<GpuClock, number>();
  readonly throttle = new Map<ThrottleReason, boolean>();

  add(name: GpuFigure, value: number | undefined, factor = 1): void {
    if (value !== undefined) this.figures.set(name, value * factor);
  }

  reading(gpu: string, vendor: GpuReading['vendor'], told: Partial<GpuReading>): GpuReading {
    const { figures, clocks, clocksMax, throttle } = this;
    return {
      gpu,
      vendor,
      ...told,
      figures,
      clocks,
      clocksMax,
      throttle,
      throttleSeconds: new Map(),
      eccErrors: new Map(),
      remappedRows: new Map(),
    };
  }
}

/** The `PCI_SLOT_NAME` of the device, such as `0000:03:00.0`, and its driver. */
async function identity(files: SysFiles, device: string): Promise<{ readonly pci?: string; readonly driver?: string }> {
  const uevent = (await files.text(`${device}/uevent`)) ?? '';
  const pci = /^PCI_SLOT_NAME=([0-9a-f:.]{7,16})$/m.exec(uevent)?.[1];
  const driver = /^DRIVER=([\w-]{1,32})$/m.exec(uevent)?.[1];
  return { ...(pci === undefined ? {} : { pci }), ...(driver === undefined ? {} : { driver }) };
}

async function readAmd(files: SysFiles, card: string, device: string): Promise<GpuReading> {
  const told = await identity(files, device);
  const name = await files.text(`${device}/product_name`);
  const id = await files.text(`${device}/unique_id`);
  const [hwmon] = await files.names(`${device}/hwmon`);
  const figures = new Figures();
  figures.add('gpu_utilization_ratio', await files.number(`${device}/gpu_busy_percent`), 0.01);
  figures.add('gpu_memory_bandwidth_ratio', await files.number(`${device}/mem_busy_percent`), 0.01);
  const used = await files.number(`${device}/mem_info_vram_used`);
  const total = await files.number(`${device}/mem_info_vram_total`);
  figures.add('gpu_memory_used_bytes', used);
  figures.add('gpu_memory_total_bytes', total);
  if (used !== undefined && total !== undefined) figures.add('gpu_memory_free_bytes', total - used);
  if (hwmon !== undefined) {
    const sensors = `${device}/hwmon/${hwmon}`;
    figures.add('gpu_temperature_celsius', await files.number(`${sensors}/temp1_input`), 1e-3);
    figures.add('gpu_memory_temperature_celsius', await files.number(`${sensors}/temp3_input`), 1e-3);
    const power = await files.firstNumber([`${sensors}/power1_average`, `${sensors}/power1_input`]);
    figures.add('gpu_power_watts', power, 1e-6);
    figures.add('gpu_power_limit_watts', await files.number(`${sensors}/power1_cap`), 1e-6);
    const graphics = await files.number(`${sensors}/freq1_input`);
    const memory = await files.number(`${sensors}/freq2_input`);
    if (graphics !== undefined) figures.clocks.set('graphics', graphics);
    if (memory !== undefined) figures.clocks.set('memory', memory);
  }
  return figures.reading(id ?? told.pci ?? card, 'amd', { ...told, ...(name === undefined ? {} : { name }) });
}

/** i915 tells clocks and reasons for slowing down; its load is told to root only, by `perf` or by process. */
async function readIntel(files: SysFiles, card: string, device: string): Promise<GpuReading> {
  const told = await identity(files, device);
  const folder = `sys/class/drm/${card}`;
  const figures = new Figures();
  const megahertz = await files.firstNumber([
    `${folder}/gt/gt0/rps_act_freq_mhz`,
    `${folder}/gt_act_freq_mhz`,
    `${device}/tile0/gt0/freq0/act_freq`,
  ]);
  const most = await files.firstNumber([
    `${folder}/gt/gt0/rps_max_freq_mhz`,
    `${folder}/gt_max_freq_mhz`,
    `${device}/tile0/gt0/freq0/max_freq`,
  ]);
  if (megahertz !== undefined) figures.clocks.set('graphics', megahertz * 1e6);
  if (most !== undefined) figures.clocksMax.set('graphics', most * 1e6);
  for (const [reason, names] of INTEL_REASONS) {
    const active = await files.firstNumber(
      names.flatMap((name) => [
        `${folder}/gt/gt0/throttle_reason_${name}`,
        `${device}/tile0/gt0/freq0/throttle/reason_${name}`,
      ]),
    );
    if (active !== undefined) figures.throttle.set(reason, active === 1);
  }
  return figures.reading(told.pci ?? card, 'intel', told);
}

const INTEL_REASONS: readonly (readonly [ThrottleReason, readonly string[]])[] = [
  ['hw_thermal', ['thermal', 'prochot']],
  ['power_cap', ['pl1', 'pl2']],
  ['other', ['status']],
];
