import { type StatsFs, statfs } from 'node:fs';
import type { HostPart, PartContext } from './part.ts';

/** A mount whose server is gone keeps statfs waiting without end; it holds one thread of the pool until it comes back. */
const STATFS_TIMEOUT_MS = 2_000;

/** Container hosts mount thousands of layers; what is beyond this is not a disk that somebody watches. */
const MOUNTS_MAX = 256;

/** The exclusions that the node exporter starts with (1.5): places and kinds that hold no files of their own. */
const EXCLUDED_MOUNT =
  /^\/(?:dev|proc|run|sys|mnt|media|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)(?:$|\/)/;
const EXCLUDED_TYPES = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs fusectl hugetlbfs iso9660 mqueue nsfs overlay proc procfs ' +
    'pstore rpc_pipefs securityfs selinuxfs squashfs sysfs tracefs'
  ).split(' '),
);

export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly readonly: boolean;
}

/**
 * /proc/self/mounts; of several mounts on one place the last is the one seen. In a container the root is an overlay, which the node
 * exporter leaves out: then there would be no disk at all, so the root always counts.
 */
export function readMounts(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device, place, fstype, options] = line.split(' ');
    if (device === undefined || place === undefined || fstype === undefined) continue;
    const mountpoint = unescape(place);
    mounts.delete(mountpoint);
    if (mountpoint !== '/' && (EXCLUDED_MOUNT.test(mountpoint) || EXCLUDED_TYPES.has(fstype))) continue;
    mounts.set(mountpoint, {
      device: unescape(device),
      mountpoint,
      fstype,
      readonly: (options ?? '').split(',').includes('ro'),
    });
  }
  return [...mounts.values()].slice(0, MOUNTS_MAX);
}

/** Blanks, tabs, line breaks and backslashes stand as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

export function filesystemPart(): HostPart {
  /** Mounts whose last statfs has not come back: asking again would only take another thread. */
  const waiting = new Set<string>();
  return {
    name: 'filesystem',
    collect: async (context) => {
      const mounts = readMounts(await context.read('/proc/self/mounts'));
      const results = await Promise.all(
        mounts.map(async (mount) => ({ mount, stats: await statMount(context, mount, waiting) })),
      );
      for (const { mount, stats } of results) writeMount(context, mount, stats);
    },
  };
}

/** Undefined when the mount does not answer or refuses. */
function statMount(context: PartContext, mount: Mount, waiting: Set<string>): Promise<StatsFs | undefined> {
  if (waiting.has(mount.mountpoint)) return Promise.resolve(undefined);
  waiting.add(mount.mountpoint);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STATFS_TIMEOUT_MS, undefined);
    timer.unref();
    statfs(context.path(mount.mountpoint), (error, stats) => {
      waiting.delete(mount.mountpoint);
      clearTimeout(timer);
      resolve(error ? undefined : stats);
    });
  });
}

function writeMount({ page }: PartContext, mount: Mount, stats: StatsFs | undefined): void {
  const { device, mountpoint, fstype } = mount;
  const labels = { device, fstype, mountpoint };
  page
    .family(
      'node_filesystem_device_error',
      'gauge',
      '1 when the filesystem did not tell its figures (in time), else 0.',
    )
    .sample(labels, stats ? 0 : 1);
  if (!stats) return;
  const size = stats.blocks * stats.bsize;
  const available = stats.bavail * stats.bsize;
  page.family('node_filesystem_size_bytes', 'gauge', 'Size of the filesystem in bytes.').sample(labels, size);
  page
    .family('node_filesystem_free_bytes', 'gauge', 'Free bytes, those reserved for root included.')
    .sample(labels, stats.bfree * stats.bsize);
  page
    .family('node_filesystem_avail_bytes', 'gauge', 'Free bytes that ordinary users may take.')
    .sample(labels, available);
  page.family('node_filesystem_files', 'gauge', 'File nodes the filesystem can hold.').sample(labels, stats.files);
  page.family('node_filesystem_files_free', 'gauge', 'File nodes left.').sample(labels, stats.ffree);
  page
    .family('node_filesystem_readonly', 'gauge', '1 when mounted read-only, else 0.')
    .sample(labels, mount.readonly ? 1 : 0);
  // Free means what a recorder can still write, and used is the rest, so that the three figures always add up.
  const place = { mount_point: mountpoint };
  page.family('disk_space_total_bytes', 'gauge', 'Size of the disk in bytes.').sample(place, size);
  page
    .family('disk_space_free_bytes', 'gauge', 'Bytes that can still be written by ordinary users.')
    .sample(place, available);
  page
    .family('disk_space_used_bytes', 'gauge', 'Bytes that cannot be written any more: total less free.')
    .sample(place, size - available);
  if (size > 0)
    page
      .family('disk_space_used_percent', 'gauge', 'Used share of the disk, 0 to 100.')
      .sample(place, (100 * (size - available)) / size);
}
