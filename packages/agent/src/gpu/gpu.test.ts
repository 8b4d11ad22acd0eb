import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf } from '../testing/answering-server.ts';
import { systemClock } from '../testing/stepped-clock.ts';
import type { ClosableCollector } from '../collector.ts';
import { type GpuCollectorOptions, createGpuCollector } from './gpu-collector.ts';
import { toldNumber, toldSwitch, toldText } from './nvidia/cell.ts';
import { askedFields, knownFields } from './nvidia/fields.ts';
import { readProcessTable } from './nvidia/processes.ts';
import { NvidiaTable } from './nvidia/row.ts';
import { readNvidiaXml } from './nvidia/xml.ts';
import { hasGpu } from './present.ts';
import { parseXid } from './xid.ts';

const FAKE = fileURLToPath(new URL('../testing/fake-nvidia-smi.mjs', import.meta.url));
const signal = new AbortController().signal;

// Starting a process takes seconds on a machine that has other things to do.
describe('nvidia-smi', { timeout: 30_000 }, () => {
  const open: ClosableCollector[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map((collector) => collector.close()));
  });

  const collectorFor = (mode: string, more: object = {}): ClosableCollector => {
    const collector = createGpuCollector({
      clock: systemClock,
      nvidia: { command: [process.execPath, FAKE, mode], intervalMs: 200, ...more },
      root: '/nonexistent',
      kernelLog: false,
    });
    open.push(collector);
    return collector;
  };

  it('is started once and read again and again, under canonical names in base units', async () => {
    const collector = collectorFor('steady');
    const first = await collector.collect(signal);
    for (const line of [
      'gpu_info{gpu="GPU-fake-0",index="0",name="NVIDIA Fake 24GB",vendor="nvidia",driver="600.1",pci="0000:01:00.0"} 1',
      'gpu_decoder_utilization_ratio{gpu="GPU-fake-0"} 0.98',
      'gpu_memory_bandwidth_ratio{gpu="GPU-fake-0"} 0.07',
      'gpu_memory_used_bytes{gpu="GPU-fake-0"} 12582912000',
      'gpu_memory_total_bytes{gpu="GPU-fake-0"} 25769803776',
      'gpu_temperature_celsius{gpu="GPU-fake-0"} 84',
      'gpu_power_watts{gpu="GPU-fake-0"} 250.5',
      'gpu_fan_ratio{gpu="GPU-fake-0"} 0.55',
      'gpu_clock_hertz{gpu="GPU-fake-0",type="sm"} 1410000000',
      'gpu_throttle_active{gpu="GPU-fake-0",reason="sw_thermal"} 1',
      'gpu_throttle_active{gpu="GPU-fake-0",reason="idle"} 0',
      'gpu_ecc_errors_total{gpu="GPU-fake-0",kind="uncorrected"} 3',
      'gpu_remapped_rows_pending{gpu="GPU-fake-0"} 1',
      'gpu_remapped_rows_failure{gpu="GPU-fake-0"} 0',
      'gpu_performance_state{gpu="GPU-fake-0"} 2',
      'vedette_collector_success{collector="gpu",part="nvidia"} 1',
    ])
      expect(first.split('\n')).toContain(line);
    // What the driver does not tell is no figure.
    expect(linesOf(first, 'gpu_memory_temperature_celsius', 'gpu_power_limit_watts')).toEqual([]);
    // Each round adds one per cent; the second GPU tells none.
    const load = async (): Promise<number> => {
      const lines = linesOf(await collector.collect(signal), 'gpu_utilization_ratio');
      expect(lines).toHaveLength(1);
      return Number(lines[0]?.split(' ').at(-1));
    };
    await expect.poll(load, { timeout: 20_000 }).toBeGreaterThanOrEqual(0.43);
    // Processes come from a run of their own, which is not waited for.
    await expect
      .poll(async () => linesOf(await collector.collect(signal), 'gpu_processes'), { timeout: 20_000 })
      .toContain('gpu_processes{gpu="GPU-fake-0"} 2');
    const later = await collector.collect(signal);
    for (const line of [
      'gpu_process_memory_used_bytes{gpu="GPU-fake-0",process="ffmpeg",pid="4711"} 564133888',
      'gpu_process_memory_used_bytes{gpu="GPU-fake-0",process="trainer,v2",pid="4712"} 1073741824',
    ])
      expect(later.split('\n')).toContain(line);
    expect(linesOf(later, 'gpu_info')).toHaveLength(2);
    expect(linesOf(later, 'gpu_decoder_utilization_ratio')).toHaveLength(1);
    expect(later).toContain('gpu_nvidia_smi_starts_total 1');
    expect(linesOf(later, 'gpu_nvidia_smi_malformed_total')[0]).toMatch(/ [1-9]\d*$/);
  });

  it('may have a driver that spells its fields the old way', async () => {
    const page = await collectorFor('old').collect(signal);
    expect(page).toContain('gpu_throttle_active{gpu="GPU-fake-0",reason="sw_thermal"} 1');
  });

  it('is started anew when it ends, and its figures are kept meanwhile', async () => {
    const collector = collectorFor('dies');
    await collector.collect(signal);
    await expect
      .poll(async () => linesOf(await collector.collect(signal), 'gpu_nvidia_smi_starts_total')[0], { timeout: 20_000 })
      .toBe('gpu_nvidia_smi_starts_total 2');
  });

  it('answers XML, processes included, which hold no argument', async () => {
    const page = await collectorFor('steady', { format: 'xml' }).collect(signal);
    for (const line of [
      'gpu_decoder_utilization_ratio{gpu="GPU-fake-0"} 0.98',
      'gpu_memory_used_bytes{gpu="GPU-fake-0"} 12582912000',
      'gpu_temperature_headroom_celsius{gpu="GPU-fake-0"} 6',
      'gpu_power_watts{gpu="GPU-fake-0"} 250.5',
      'gpu_clock_hertz{gpu="GPU-fake-0",type="sm"} 1410000000',
      'gpu_throttle_active{gpu="GPU-fake-0",reason="sw_thermal"} 1',
      'gpu_throttle_seconds_total{gpu="GPU-fake-0",reason="power_cap"} 2.5',
      'gpu_ecc_errors_total{gpu="GPU-fake-0",kind="corrected"} 3',
      'gpu_process_memory_used_bytes{gpu="GPU-fake-0",process="ffmpeg",pid="4711"} 564133888',
    ])
      expect(page.split('\n')).toContain(line);
    expect(page).not.toContain('hunter2');
  });

  it('is said to fail when it is another program, and not spoken of when it is not installed', async () => {
    await expect(collectorFor('stranger').collect(signal)).rejects.toThrow(/names no fields: not nvidia-smi/);
    const absent = collectorFor('steady', { command: ['/nonexistent/nvidia-smi'] });
    expect(await absent.collect(signal)).toBe('');
  });

  it('is gone when the collector is closed', async () => {
    const collector = collectorFor('steady');
    await collector.collect(signal);
    const started = performance.now();
    await collector.close();
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe('what nvidia-smi prints', () => {
  it.each([
    ['32362 MiB', undefined, 33_934_016_512],
    ['32362', 'MiB', 33_934_016_512],
    ['100 %', undefined, 1],
    ['7', '%', 0.07],
    ['627.40 W', undefined, 627.4],
    ['1980 MHz', undefined, 1.98e9],
    ['16x', undefined, 16],
    ['250 us', undefined, 0.00025],
    ['52', undefined, 52],
    ['-3', undefined, -3],
    ['[N/A]', undefined, undefined],
    ['N/A', undefined, undefined],
    ['[Not Supported]', '%', undefined],
    ['[Unknown Error]', '%', undefined],
    ['[GPU is lost]', '%', undefined],
    ['[Requested functionality has been deprecated]', undefined, undefined],
    ['0x00FF', undefined, undefined],
    ['12 parsecs', undefined, undefined],
    ['', undefined, undefined],
  ])('%j with unit %j is %j', (cell, unit, value) => expect(toldNumber(cell, unit)).toBe(value));

  it('has switches in three wordings', () => {
    expect(['Active', 'Yes', 'Enabled', 'Not Active', 'No', 'Disabled', '[N/A]', 'x'].map(toldSwitch)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      undefined,
      undefined,
    ]);
    expect(toldText(' NVIDIA X ')).toBe('NVIDIA X');
  });

  it('is asked for by the newest spelling that the driver knows, and for nothing else', () => {
    const asked = askedFields(
      knownFields(
        '"uuid" or "gpu_uuid"\nHelp.\n\n"clocks_throttle_reasons.gpu_idle"\n"clocks_event_reasons.gpu_idle"\n"rm -rf"\nSee "memory.used" below\n',
      ),
    );
    expect(asked.map(({ name }) => name)).toEqual(['uuid', 'clocks_event_reasons.gpu_idle']);
    expect(askedFields(new Set(['memory.used']))).toEqual([]);
  });

  it('a process whose memory the driver does not tell counts all the same, under the name of its file', () => {
    const table = readProcessTable(
      [
        'GPU-1, 4711, /usr/bin/python3 --token=secret, 512 MiB',
        'GPU-1, 4712, C:\\Program Files\\NVIDIA Corporation\\CEF\\NVIDIA Overlay.exe --key=secret, [N/A]',
        'GPU-1, 4713, [Insufficient Permissions], [Insufficient Permissions]',
      ].join('\n'),
    );
    expect(table.get('GPU-1')).toEqual([
      { pid: '4711', process: 'python3', usedBytes: 512 * 1024 * 1024 },
      { pid: '4712', process: 'NVIDIA Overlay.exe', usedBytes: undefined },
      { pid: '4713', process: '', usedBytes: undefined },
    ]);
  });

  it('survives any text', () => {
    const table = NvidiaTable.ofHeader('uuid, memory.used [MiB], pstate');
    const line = fc.string({
      unit: fc.constantFrom('a', ',', ' ', '[', ']', '0', '9', '%', '.', '-', '\n', 'x'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(line, (text) => {
        table?.read(text);
        readProcessTable(text);
        toldNumber(text);
        parseXid(text);
        knownFields(text);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => readNvidiaXml(`<nvidia_smi_log>${text}`)).toThrow();
      }),
    );
  });

  it('is refused as XML when it is deep, another document, or defines entities', () => {
    expect(() => readNvidiaXml(`<nvidia_smi_log>${'<a>'.repeat(100_000)}`)).toThrow(/nested deeper/);
    expect(() => readNvidiaXml('<html></html>')).toThrow(/another document/);
    const bomb = '<!DOCTYPE nvidia_smi_log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>';
    expect(() =>
      readNvidiaXml(`${bomb}<nvidia_smi_log><driver_version>&b;</driver_version></nvidia_smi_log>`),
    ).toThrow();
  });
});

describe('other GPUs and the kernel’s log', { timeout: 30_000 }, () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vedette-gpu-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), `${text}\n`);
    }
  }

  const collectorOf = (more: Partial<GpuCollectorOptions> = {}) =>
    createGpuCollector({ clock: systemClock, nvidia: false, root, platform: 'linux', ...more });

  it('are AMD’s, Intel’s and a Jetson’s in /sys', async () => {
    await write({
      'sys/class/drm/card0/device/vendor': '0x1002',
      'sys/class/drm/card0/device/uevent': 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0',
      'sys/class/drm/card0/device/gpu_busy_percent': '37',
      'sys/class/drm/card0/device/mem_info_vram_used': '1000',
      'sys/class/drm/card0/device/mem_info_vram_total': '4000',
      'sys/class/drm/card0/device/hwmon/hwmon3/temp1_input': '51000',
      'sys/class/drm/card0/device/hwmon/hwmon3/power1_average': '42000000',
      'sys/class/drm/card0/device/hwmon/hwmon3/freq1_input': '800000000',
      'sys/class/drm/card0-HDMI-A-1/status': 'connected',
      'sys/class/drm/card1/device/vendor': '0x8086',
      'sys/class/drm/card1/device/uevent': 'DRIVER=i915\nPCI_SLOT_NAME=0000:00:02.0',
      'sys/class/drm/card1/gt/gt0/rps_act_freq_mhz': '350',
      'sys/class/drm/card1/gt/gt0/throttle_reason_thermal': '1',
      'sys/class/drm/card2/device/vendor': '0x10de',
      'sys/devices/gpu.0/load': '412',
      'sys/class/thermal/thermal_zone1/type': 'GPU-therm',
      'sys/class/thermal/thermal_zone1/temp': '48500',
      'proc/device-tree/model': 'NVIDIA Jetson Fake\0',
    });
    const page = await collectorOf().collect(signal);
    for (const line of [
      'gpu_info{gpu="0000:03:00.0",index="",name="",vendor="amd",driver="amdgpu",pci="0000:03:00.0"} 1',
      'gpu_utilization_ratio{gpu="0000:03:00.0"} 0.37',
      'gpu_memory_used_bytes{gpu="0000:03:00.0"} 1000',
      'gpu_memory_free_bytes{gpu="0000:03:00.0"} 3000',
      'gpu_temperature_celsius{gpu="0000:03:00.0"} 51',
      'gpu_power_watts{gpu="0000:03:00.0"} 42',
      'gpu_clock_hertz{gpu="0000:00:02.0",type="graphics"} 350000000',
      'gpu_throttle_active{gpu="0000:00:02.0",reason="hw_thermal"} 1',
      'gpu_info{gpu="gpu.0",index="",name="NVIDIA Jetson Fake",vendor="jetson",driver="",pci=""} 1',
      'gpu_utilization_ratio{gpu="gpu.0"} 0.412',
      'gpu_temperature_celsius{gpu="gpu.0"} 48.5',
    ])
      expect(page.split('\n')).toContain(line);
    expect(page).not.toContain('card2');
  });

  it('are noticed, and so is an nvidia-smi', async () => {
    expect(hasGpu('', root)).toBe(false);
    await write({ 'sys/class/drm/card0/device/vendor': '0x10de' });
    expect(hasGpu(join(root, 'bin'), root)).toBe(false);
    await write({ 'sys/class/drm/card1/device/vendor': '0x8086' });
    expect(hasGpu('', root)).toBe(true);
    await write({ 'bin/nvidia-smi': '' });
    expect(hasGpu(`/nowhere:${join(root, 'bin')}`, '/nonexistent')).toBe(true);
  });

  it('are none on most machines, which is no fault', async () => {
    expect(await collectorOf().collect(signal)).toBe('');
  });

  it.each([
    ['NVRM: Xid (PCI:0000:83:00): 79, pid=1234, name=python3, GPU has fallen off the bus.', '0000:83:00', '79'],
    ['4,1201,88211,-;NVRM: Xid (PCI:0000:01:00.0): 31, Ch 00000008', '0000:01:00', '31'],
    ['[  12.3] NVRM: Xid (PCI:00000000:0a:00): 13, Graphics', '0000:0a:00', '13'],
  ])('%s is an Xid', (line, pci, xid) => expect(parseXid(line)).toEqual({ pci, xid }));

  it('count Xid errors by GPU, new ones as they come', async () => {
    const log = join(root, 'kmsg');
    const line = 'NVRM: Xid (PCI:0000:01:00): 79, pid=1, GPU has fallen off the bus.\n';
    await writeFile(log, `6,1,1,-;usb 1-1: new device\n3,2,2,-;${line}`);
    const collector = createGpuCollector({
      clock: systemClock,
      nvidia: { command: [process.execPath, FAKE, 'steady'], intervalMs: 200 },
      root,
      platform: 'linux',
      kernelLog: log,
    });
    try {
      const xids = async (): Promise<readonly string[]> =>
        linesOf(await collector.collect(signal), 'gpu_xid_errors_total');
      expect(await xids()).toEqual(['gpu_xid_errors_total{gpu="GPU-fake-0",xid="79"} 1']);
      await appendFile(log, `3,3,3,-;${line.slice(0, 30)}`);
      expect(await xids()).toEqual(['gpu_xid_errors_total{gpu="GPU-fake-0",xid="79"} 1']);
      await appendFile(log, line.slice(30));
      expect(await xids()).toEqual(['gpu_xid_errors_total{gpu="GPU-fake-0",xid="79"} 2']);
    } finally {
      await collector.close();
    }
  });

  it('leave the kernel’s log alone where it may not be read', async () => {
    const collector = createGpuCollector({
      clock: systemClock,
      nvidia: { command: [process.execPath, FAKE, 'steady'], intervalMs: 200 },
      root,
      platform: 'linux',
      kernelLog: join(root, 'nothing'),
    });
    try {
      const page = await collector.collect(signal);
      expect(page).toContain('part="nvidia"');
      expect(page).not.toContain('part="xid"');
    } finally {
      await collector.close();
    }
  });
});
