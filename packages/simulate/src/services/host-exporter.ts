import type { PlannedCamera } from '../fleet/plan.ts';
import { cameraFigures } from './camera-figures.ts';
import { trafficShape } from './daily-shape.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

const CORES = 8;
const MEMORY_BYTES = 32 * 1024 ** 3;
const DISK_BYTES = 12e12;
const LATENCY_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
/** Retention keeps so much free; a full disk keeps next to nothing. */
const FREE_USUAL = 0.34;
const FREE_WHEN_FULL = 0.004;
const INTERFACE = 'eth0';
const DEVICE = 'sda';
const MOUNT = '/recordings';

/** The exporter of one machine: `node_*`, and the disk and network names of the VMS guide. */
export function hostExporter(
  host: { readonly name: string; readonly cameras: readonly PlannedCamera[] },
  seed: number,
): SimulatedService {
  const about = {
    name: `host-${host.name}`,
    job: 'node-exporter',
    instance: `${host.name}:9100`,
    scrapeIntervalSeconds: 15,
    ...(host.cameras.length === 0 ? {} : { labels: { recorder: host.name } }),
  };
  return createService(about, seed, ({ metrics, events, random }) => {
    const free = metrics.gauge('disk_space_free_bytes', 'Free space.', ['mount_point']);
    const used = metrics.gauge('disk_space_used_bytes', 'Used space.', ['mount_point']);
    const total = metrics.gauge('disk_space_total_bytes', 'Space.', ['mount_point']);
    const usedPercent = metrics.gauge('disk_space_used_percent', 'Used space, percent.', ['mount_point']);
    const read = metrics.counter('disk_io_read_bytes_total', 'Bytes read.', ['device']);
    const written = metrics.counter('disk_io_write_bytes_total', 'Bytes written.', ['device']);
    const operation = ['device', 'operation'];
    const latency = metrics.histogram(
      'disk_io_latency_ms',
      'Duration of disk operations, milliseconds.',
      LATENCY_BUCKETS_MS,
      operation,
    );
    const seconds = LATENCY_BUCKETS_MS.map((ms) => ms / 1_000);
    const duration = metrics.histogram('disk_io_duration_seconds', 'Duration of disk operations.', seconds, operation);
    const sent = metrics.counter('network_bytes_sent_total', 'Bytes sent.', ['interface']);
    const received = metrics.counter('network_bytes_received_total', 'Bytes received.', ['interface']);
    const errors = metrics.counter('network_errors_total', 'Errors of an interface.', ['interface', 'direction']);
    const drops = metrics.counter('network_drops_total', 'Packets dropped.', ['interface', 'direction']);
    const cpu = metrics.counter('node_cpu_seconds_total', 'CPU time.', ['cpu', 'mode']);
    const memoryTotal = metrics.gauge('node_memory_MemTotal_bytes', 'Memory.');
    const memoryAvailable = metrics.gauge('node_memory_MemAvailable_bytes', 'Memory that can be had.');
    const filesystem = ['device', 'mountpoint', 'fstype'];
    const size = metrics.gauge('node_filesystem_size_bytes', 'Space.', filesystem);
    const available = metrics.gauge('node_filesystem_avail_bytes', 'Free space.', filesystem);

    events.subscribe(({ name, attributes: a, count, value = 0, durationSeconds = 0 }) => {
      if (name === 'disk') {
        latency.observe(durationSeconds * 1_000, count, DEVICE, a['operation'] ?? '');
        duration.observe(durationSeconds, count, DEVICE, a['operation'] ?? '');
        (a['operation'] === 'read' ? read : written).add(Math.round(value * count), DEVICE);
      } else if (name === 'network_fault')
        (a['kind'] === 'drop' ? drops : errors).add(count, INTERFACE, a['direction'] ?? '');
    });
    for (const direction of ['receive', 'transmit']) {
      errors.add(0, INTERFACE, direction);
      drops.add(0, INTERFACE, direction);
    }
    // Known with the first step: a disk that seems to fill at once would be foretold to be full by tonight.
    let freeRatio: number | undefined;
    return ({ view, atMs, seconds: span }) => {
      const incoming = host.cameras.reduce(
        (sum, camera) => sum + cameraFigures(view, camera, atMs).bitsPerSecond / 8,
        0,
      );
      const busy = trafficShape(atMs);
      const full = host.cameras.some((camera) => view.truth(camera).recorderFull);
      const lossy = host.cameras.reduce((sum, camera) => sum + view.truth(camera).lossRatio, 0);
      // Retention deletes by night: a saw tooth of a few percent over the day.
      const usual = FREE_USUAL - 0.03 * ((atMs / 86_400_000) % 1);
      freeRatio ??= usual;
      freeRatio += ((full ? FREE_WHEN_FULL : usual) - freeRatio) * Math.min(1, span / 12);
      const bytesFree = Math.round(DISK_BYTES * freeRatio);
      free.set(bytesFree, MOUNT);
      used.set(DISK_BYTES - bytesFree, MOUNT);
      total.set(DISK_BYTES, MOUNT);
      usedPercent.set(100 * (1 - freeRatio), MOUNT);
      size.set(DISK_BYTES, '/dev/sda1', MOUNT, 'ext4');
      available.set(bytesFree, '/dev/sda1', MOUNT, 'ext4');
      for (const [name, bytes] of [
        ['write', full ? 0 : incoming * span],
        ['read', 0.12 * incoming * busy * span],
      ] as const) {
        const operations = random.poisson(4 * span);
        for (const [durationSeconds, count] of spreadDurations(random, operations, {
          medianSeconds: 0.006,
          sigma: 0.6,
        })) {
          events.emit({
            atMs,
            name: 'disk',
            attributes: { operation: name },
            count,
            durationSeconds,
            value: bytes / operations,
          });
        }
      }
      received.add(Math.round((incoming + 20_000 + (host.cameras.length === 0 ? 3e6 * busy : 0)) * span), INTERFACE);
      sent.add(
        Math.round((0.4 * incoming * busy + 15_000 + (host.cameras.length === 0 ? 4e6 * busy : 0)) * span),
        INTERFACE,
      );
      const faults = { atMs, name: 'network_fault', count: random.poisson(0.0005 * span + lossy * span) };
      events.emit({ ...faults, attributes: { kind: 'drop', direction: 'receive' } });
      const load = Math.min(0.85, 0.08 + 0.006 * host.cameras.length + 0.25 * busy + 0.02 * random.normal());
      for (let core = 0; core < CORES; core++) {
        const working = Math.max(0.01, load * (0.9 + 0.2 * random.next())) * span;
        cpu.add(0.75 * working, String(core), 'user');
        cpu.add(0.25 * working, String(core), 'system');
        cpu.add(Math.max(0, span - working), String(core), 'idle');
      }
      memoryTotal.set(MEMORY_BYTES);
      memoryAvailable.set(Math.round(MEMORY_BYTES * (0.62 - 0.003 * host.cameras.length - 0.06 * busy)));
    };
  });
}
