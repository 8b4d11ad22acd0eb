import { machine } from 'node:os';
import { type HostPart, numbers } from './part.ts';

/** Name and version of the system. */
export function unamePart(): HostPart {
  return {
    name: 'uname',
    collect: async ({ page, read }) => {
      const files = ['ostype', 'osrelease', 'version', 'hostname', 'domainname'];
      const [sysname = '', release = '', version = '', nodename = '', domainname = ''] = await Promise.all(
        files.map(async (file) => (await read(`/proc/sys/kernel/${file}`)).trim()),
      );
      page
        .family('node_uname_info', 'gauge', 'Name and version of the system in labels; always 1.')
        .sample({ domainname, machine: machine(), nodename, release, sysname, version }, 1);
    },
  };
}

/** The clock that scrapes are stamped with; compare it with other hosts. */
export function timePart(): HostPart {
  return {
    name: 'time',
    collect: async ({ page, nowMs }) => {
      page
        .family('node_time_seconds', 'gauge', 'Time of this machine, in seconds since 1970.')
        .sample({}, nowMs / 1_000);
    },
  };
}

/** Open files of the whole machine, and the kernel's entropy. */
export function filesPart(): HostPart {
  return {
    name: 'filefd',
    collect: async ({ page, read }) => {
      const [allocated, , maximum] = numbers(await read('/proc/sys/fs/file-nr'));
      page
        .family('node_filefd_allocated', 'gauge', 'File descriptors open on this machine.')
        .sample({}, allocated ?? Number.NaN);
      page
        .family('node_filefd_maximum', 'gauge', 'File descriptors that may be open.')
        .sample({}, maximum ?? Number.NaN);
    },
  };
}

export function entropyPart(): HostPart {
  return {
    name: 'entropy',
    collect: async ({ page, read }) => {
      const [available, size] = await Promise.all([
        read('/proc/sys/kernel/random/entropy_avail'),
        read('/proc/sys/kernel/random/poolsize'),
      ]);
      page.family('node_entropy_available_bits', 'gauge', 'Entropy at hand, in bits.').sample({}, Number(available));
      page
        .family('node_entropy_pool_size_bits', 'gauge', 'Size of the entropy pool, in bits.')
        .sample({}, Number(size));
    },
  };
}
