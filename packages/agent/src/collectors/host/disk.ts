import { DiskLatency } from './disk-latency.ts';
import { type HostPart, type PartContext, numbers } from './part.ts';

/** /proc/diskstats counts in units of 512 bytes, whatever the sectors of the disk. */
const SECTOR_BYTES = 512;

/** Partitions and memory disks, as the node exporter leaves them out (1.5). */
const EXCLUDED = /^(?:ram|loop|fd|(?:h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;

/** Column after the device name → metric. `ms` columns become seconds, `sectors` become bytes. */
const COLUMNS: readonly (readonly [
  name: string,
  type: 'counter' | 'gauge',
  unit: 'count' | 'ms' | 'sectors',
  help: string,
])[] = [
  ['node_disk_reads_completed_total', 'counter', 'count', 'Reads that finished.'],
  ['node_disk_reads_merged_total', 'counter', 'count', 'Reads that were joined with a neighbour.'],
  ['node_disk_read_bytes_total', 'counter', 'sectors', 'Bytes read.'],
  ['node_disk_read_time_seconds_total', 'counter', 'ms', 'Time that all reads took together, in seconds.'],
  ['node_disk_writes_completed_total', 'counter', 'count', 'Writes that finished.'],
  ['node_disk_writes_merged_total', 'counter', 'count', 'Writes that were joined with a neighbour.'],
  ['node_disk_written_bytes_total', 'counter', 'sectors', 'Bytes written.'],
  ['node_disk_write_time_seconds_total', 'counter', 'ms', 'Time that all writes took together, in seconds.'],
  ['node_disk_io_now', 'gauge', 'count', 'Requests under way.'],
  ['node_disk_io_time_seconds_total', 'counter', 'ms', 'Time during which any request was under way, in seconds.'],
  [
    'node_disk_io_time_weighted_seconds_total',
    'counter',
    'ms',
    'Time under way, times the requests under way, in seconds.',
  ],
  ['node_disk_discards_completed_total', 'counter', 'count', 'Discards that finished.'],
  ['node_disk_discards_merged_total', 'counter', 'count', 'Discards that were joined with a neighbour.'],
  ['node_disk_discarded_sectors_total', 'counter', 'count', 'Sectors of 512 bytes discarded.'],
  ['node_disk_discard_time_seconds_total', 'counter', 'ms', 'Time that all discards took together, in seconds.'],
  ['node_disk_flush_requests_total', 'counter', 'count', 'Flushes that finished.'],
  ['node_disk_flush_requests_time_seconds_total', 'counter', 'ms', 'Time that all flushes took together, in seconds.'],
];

export function diskPart(): HostPart {
  const latency = new DiskLatency();
  return {
    name: 'disk',
    collect: async (context) => {
      for (const line of (await context.read('/proc/diskstats')).split('\n')) {
        const match = /^\s*\d+\s+\d+\s+(\S+)\s+(.*)$/.exec(line);
        const device = match?.[1];
        if (device !== undefined && !EXCLUDED.test(device))
          writeDevice(context, latency, device, numbers(match?.[2] ?? ''));
      }
    },
  };
}

function writeDevice({ page }: PartContext, latency: DiskLatency, device: string, columns: readonly number[]): void {
  const at = (i: number): number => columns[i] ?? 0;
  for (const [i, [name, type, unit, help]] of COLUMNS.entries()) {
    // Older kernels have fewer columns; what they do not count is left out.
    if (i >= columns.length) break;
    page
      .family(name, type, help)
      .sample({ device }, unit === 'ms' ? at(i) / 1_000 : unit === 'sectors' ? at(i) * SECTOR_BYTES : at(i));
  }
  page
    .family('disk_io_read_bytes_total', 'counter', 'Bytes read from the disk.')
    .sample({ device }, at(2) * SECTOR_BYTES);
  page
    .family('disk_io_write_bytes_total', 'counter', 'Bytes written to the disk.')
    .sample({ device }, at(6) * SECTOR_BYTES);
  latency.observe(page, device, 'read', at(0), at(3) / 1_000);
  latency.observe(page, device, 'write', at(4), at(7) / 1_000);
}
