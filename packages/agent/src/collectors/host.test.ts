import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostCollector } from './host.ts';
import { readMounts } from './host/filesystem.ts';

const FILES: Readonly<Record<string, string>> = {
  'proc/stat':
    'cpu  300 0 0 0 0 0 0 0 0 0\ncpu0 100 20 30 4000 50 6 7 8 90 10\ncpu1 200 0 0 0 0 0 0 0 0 0\n' +
    'intr 12345 1 2 3\nctxt 99\nbtime 1700000000\nprocesses 77\nprocs_running 3\nprocs_blocked 1\nsoftirq 5 1\n',
  'proc/meminfo':
    'MemTotal:        2048 kB\nMemAvailable:    1024 kB\nActive(anon):       8 kB\nHugePages_Total:       4\n',
  'proc/loadavg': '0.10 1.50 2.25 3/400 12345\n',
  'proc/self/mounts':
    '/dev/vda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n/dev/vdb1 /data\\040disk xfs ro,noatime 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/gone /gone ext4 rw 0 0\n',
  'proc/diskstats':
    '   7       0 loop0 1 1 1 1 1 1 1 1 1 1 1\n 254       0 vda 10 1 2048 1500 20 2 4096 2500 0 3000 4000 5 6 7 8000 9 1000\n 254       1 vda1 1 1 1 1 1 1 1 1 1 1 1\n 259 0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11\n',
  'proc/net/dev':
    'Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n' +
    '    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0:1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n',
  'sys/class/net/eth0/operstate': 'up\n',
  'sys/class/net/eth0/mtu': '1500\n',
  'sys/class/net/eth0/speed': '1000\n',
  'proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n',
  'proc/pressure/io':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n',
  'proc/pressure/memory': 'some avg10=0 avg60=0 avg300=0 total=3000000\nfull avg10=0 avg60=0 avg300=0 total=4000000\n',
  'proc/vmstat': 'nr_free_pages 1\npgpgin 10\npgfault 20\npgmajfault 3\noom_kill 1\n',
  'proc/net/sockstat': 'sockets: used 24\nTCP: inuse 10 orphan 0 tw 2 alloc 11 mem 3\n',
  'proc/net/snmp': 'Ip: Forwarding DefaultTTL\nIp: 2 64\nTcp: ActiveOpens CurrEstab\nTcp: 5 6\n',
  'proc/net/netstat':
    'TcpExt: SyncookiesSent ListenDrops TW\nTcpExt: 1 2 3\nIpExt: InOctets OutOctets\nIpExt: 100 200\n',
  'proc/net/snmp6': 'Ip6InOctets                     \t128\nIp6InReceives   \t1\n',
  'proc/sys/fs/file-nr': '613\t0\t2466177\n',
  'proc/sys/kernel/ostype': 'Linux\n',
  'proc/sys/kernel/osrelease': '6.1.0\n',
  'proc/sys/kernel/version': '#1 SMP\n',
  'proc/sys/kernel/hostname': 'camera-host\n',
  'proc/sys/kernel/domainname': '(none)\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48312\n',
};

describe('the host collector', () => {
  let root: string;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vedette-host-'));
    await mkdir(join(root, 'data disk'));
    for (const [path, text] of Object.entries(FILES)) await write(path, text);
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  async function lines(): Promise<string[]> {
    const collector = createHostCollector({ root, platform: 'linux', nowMs: () => 1_700_000_001_500 });
    return (await collector.collect(signal)).split('\n');
  }

  it('reads every part under the names of the node exporter, in base units', async () => {
    const page = await lines();
    for (const line of [
      'node_cpu_seconds_total{cpu="0",mode="idle"} 40',
      'node_cpu_seconds_total{cpu="0",mode="steal"} 0.08',
      'node_cpu_guest_seconds_total{cpu="0",mode="user"} 0.9',
      'node_cpu_seconds_total{cpu="1",mode="user"} 2',
      'node_intr_total 12345',
      'node_context_switches_total 99',
      'node_boot_time_seconds 1700000000',
      'node_forks_total 77',
      'node_procs_running 3',
      'node_procs_blocked 1',
      'node_memory_MemTotal_bytes 2097152',
      'node_memory_Active_anon_bytes 8192',
      'node_memory_HugePages_Total 4',
      'node_load1 0.1',
      'node_load15 2.25',
      'node_disk_read_bytes_total{device="vda"} 1048576',
      'node_disk_write_time_seconds_total{device="vda"} 2.5',
      'node_disk_flush_requests_time_seconds_total{device="vda"} 1',
      'node_network_receive_bytes_total{device="eth0"} 1000',
      'node_network_transmit_drop_total{device="eth0"} 4',
      'node_network_up{device="eth0"} 1',
      'node_network_speed_bytes{device="eth0"} 125000000',
      'node_pressure_cpu_waiting_seconds_total 1.5',
      'node_pressure_io_stalled_seconds_total 0.5',
      'node_vmstat_pgmajfault 3',
      'node_vmstat_oom_kill 1',
      'node_sockstat_TCP_mem_bytes 12288',
      'node_sockstat_sockets_used 24',
      'node_netstat_Ip_Forwarding 2',
      'node_netstat_Tcp_CurrEstab 6',
      'node_netstat_TcpExt_ListenDrops 2',
      'node_netstat_IpExt_OutOctets 200',
      'node_netstat_Ip6_InOctets 128',
      'node_filefd_allocated 613',
      'node_filefd_maximum 2466177',
      'node_thermal_zone_temp{zone="0",type="cpu-thermal"} 48.312',
      'node_time_seconds 1700000001.5',
      'vedette_collector_success{collector="host",part="disk"} 1',
    ]) {
      expect(page).toContain(line);
    }
    expect(page.find((line) => line.startsWith('node_uname_info'))).toContain(
      'nodename="camera-host",release="6.1.0",sysname="Linux"',
    );
    expect(
      page.filter((line) => /loop0|vda1"|device="lo"|_TW |nr_free/.test(line) && !line.includes('/dev/vda1')),
    ).toEqual([]);
  });

  it('answers the names of the seed catalogue beside them', async () => {
    const page = await lines();
    for (const line of [
      'disk_io_read_bytes_total{device="vda"} 1048576',
      'disk_io_write_bytes_total{device="vda"} 2097152',
      'network_bytes_received_total{interface="eth0"} 1000',
      'network_bytes_sent_total{interface="eth0"} 2000',
      'network_errors_total{interface="eth0",direction="transmit"} 3',
      'network_drops_total{interface="eth0",direction="receive"} 2',
    ]) {
      expect(page).toContain(line);
    }
    const figure = (name: string): number =>
      Number(
        page
          .find((line) => line.startsWith(`${name}{mount_point="/data disk"}`))
          ?.split(' ')
          .at(-1),
      );
    expect(figure('disk_space_free_bytes')).toBeGreaterThan(0);
    expect(figure('disk_space_free_bytes') + figure('disk_space_used_bytes')).toBe(figure('disk_space_total_bytes'));
    expect(figure('disk_space_used_percent')).toBeCloseTo(
      (100 * figure('disk_space_used_bytes')) / figure('disk_space_total_bytes'),
      6,
    );
  });

  it('counts disk operations between readings with their mean, from the first reading on', async () => {
    const collector = createHostCollector({ root, platform: 'linux' });
    const histogram = async (stats: string): Promise<string[]> => {
      await write('proc/diskstats', ` 254 0 vda ${stats} 0 0 0\n`);
      const page = (await collector.collect(signal)).split('\n');
      return page.filter((line) => line.startsWith('disk_io_duration_seconds') && line.includes('write'));
    };
    const none = await histogram('0 0 0 0 1000 0 0 9000');
    expect(none).toHaveLength(17);
    expect(none.every((line) => line.endsWith(' 0'))).toBe(true);
    // 10 writes of 4 ms, then 5 of 60 ms.
    await histogram('0 0 0 0 1010 0 0 9040');
    const two = await histogram('0 0 0 0 1015 0 0 9340');
    for (const line of [
      'disk_io_duration_seconds_bucket{device="vda",operation="write",le="0.0025"} 0',
      'disk_io_duration_seconds_bucket{device="vda",operation="write",le="0.005"} 10',
      'disk_io_duration_seconds_bucket{device="vda",operation="write",le="0.05"} 10',
      'disk_io_duration_seconds_bucket{device="vda",operation="write",le="0.1"} 15',
      'disk_io_duration_seconds_bucket{device="vda",operation="write",le="+Inf"} 15',
      'disk_io_duration_seconds_count{device="vda",operation="write"} 15',
    ])
      expect(two).toContain(line);
    expect(Number(two.find((line) => line.includes('_sum'))?.split(' ')[1])).toBeCloseTo(0.34, 9);
    // The disk was taken out and put in again.
    const again = await histogram('0 0 0 0 2 0 0 2');
    expect(again).toContain('disk_io_duration_seconds_count{device="vda",operation="write"} 17');
    expect(again).toContain('disk_io_duration_seconds_bucket{device="vda",operation="write",le="0.001"} 2');
  });

  it('marks a filesystem that does not answer, and shows the others', async () => {
    const page = await lines();
    expect(page).toContain('node_filesystem_device_error{device="/dev/gone",fstype="ext4",mountpoint="/gone"} 1');
    expect(page).toContain('node_filesystem_readonly{device="/dev/vdb1",fstype="xfs",mountpoint="/data disk"} 1');
    expect(page.some((line) => line.startsWith('node_filesystem_size_bytes') && line.includes('/gone'))).toBe(false);
  });

  it('does not let idle time run backwards, unless a processor was replaced', async () => {
    const collector = createHostCollector({ root, platform: 'linux' });
    const idle = async (ticks: number): Promise<string | undefined> => {
      await write('proc/stat', `cpu0 0 0 0 ${ticks} 0 0 0 0 0 0\n`);
      return (await collector.collect(signal)).split('\n').find((line) => line.includes('mode="idle"'));
    };
    expect(await idle(4_000)).toMatch(/ 40$/);
    expect(await idle(3_990)).toMatch(/ 40$/);
    expect(await idle(4_100)).toMatch(/ 41$/);
    expect(await idle(100)).toMatch(/ 1$/);
  });

  it('leaves out what the machine does not have, and reports what cannot be read', async () => {
    await rm(join(root, 'proc/pressure'), { recursive: true });
    await rm(join(root, 'sys/class/thermal'), { recursive: true });
    await rm(join(root, 'proc/loadavg'));
    await mkdir(join(root, 'proc/loadavg'));
    const page = await lines();
    expect(page.filter((line) => /pressure|thermal/.test(line))).toEqual([]);
    expect(page).toContain('vedette_collector_success{collector="host",part="load"} 0');
    expect(page).toContain('node_forks_total 77');
  });

  it('tells less, and nothing wrong, where there is no /proc', async () => {
    const page = await createHostCollector({ platform: 'darwin' }).collect(signal);
    expect(page).toMatch(/^node_cpu_seconds_total\{cpu="0",mode="idle"\} \d/m);
    expect(page).toMatch(/^node_memory_MemTotal_bytes \d/m);
    expect(page).toMatch(/^node_uname_info\{.*\} 1$/m);
    expect(page).not.toContain('node_disk');
  });

  it('gives up when it is told to', async () => {
    await expect(
      createHostCollector({ root, platform: 'linux' }).collect(AbortSignal.abort(new Error('late'))),
    ).rejects.toThrow('late');
  });
});

describe('mounts', () => {
  it('keep the root of a container, whose overlay is otherwise left out', () => {
    const text =
      'overlay / overlay rw 0 0\noverlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n/dev/sda1 /data ext4 rw 0 0\n';
    expect(readMounts(text).map((mount) => mount.mountpoint)).toEqual(['/', '/data']);
  });

  it('count once per place, as the last one mounted is the one seen', () => {
    expect(
      readMounts('/dev/a /x ext4 rw 0 0\n/dev/b /x xfs ro 0 0\ntmpfs /y tmpfs rw 0 0\nproc /y proc rw 0 0\n'),
    ).toEqual([{ device: '/dev/b', mountpoint: '/x', fstype: 'xfs', readonly: true }]);
  });
});
