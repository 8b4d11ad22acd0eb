import { type HostPart, type PartContext, isMissing, numbers } from './part.ts';

/** The loopback device is left out, as Debian's node exporter does: its traffic leaves nothing. */
const EXCLUDED_DEVICE = 'lo';

/** Hosts of many containers have a device for each. */
const DEVICES_MAX = 256;

const COLUMNS = [
  'receive_bytes', 'receive_packets', 'receive_errs', 'receive_drop', 'receive_fifo', 'receive_frame', 'receive_compressed', 'receive_multicast',
  'transmit_bytes', 'transmit_packets', 'transmit_errs', 'transmit_drop', 'transmit_fifo', 'transmit_colls', 'transmit_carrier', 'transmit_compressed',
] as const; // prettier-ignore

/** Column numbers of /proc/net/dev that the seed catalogue's names need. */
const RECEIVED_BYTES = 0;
const SENT_BYTES = 8;

/** /proc/net/dev for traffic, /sys/class/net for state and speed. */
export function networkPart(): HostPart {
  return {
    name: 'network',
    collect: async (context) => {
      const devices: string[] = [];
      for (const line of (await context.read('/proc/net/dev')).split('\n').slice(2)) {
        const match = /^\s*([^\s:][^\s]*?):\s*(.*)$/.exec(line);
        const device = match?.[1];
        if (device === undefined || device === EXCLUDED_DEVICE || devices.length >= DEVICES_MAX) continue;
        devices.push(device);
        writeTraffic(context, device, numbers(match?.[2] ?? ''));
      }
      await Promise.all(devices.map((device) => writeState(context, device)));
    },
  };
}

function writeTraffic({ page }: PartContext, device: string, columns: readonly number[]): void {
  const at = (i: number): number => columns[i] ?? 0;
  for (const [i, name] of COLUMNS.entries()) {
    page.family(`node_network_${name}_total`, 'counter', `Column ${name} of /proc/net/dev.`).sample({ device }, at(i));
  }
  const place = { interface: device };
  page
    .family('network_bytes_received_total', 'counter', 'Bytes received by the interface.')
    .sample(place, at(RECEIVED_BYTES));
  page.family('network_bytes_sent_total', 'counter', 'Bytes sent by the interface.').sample(place, at(SENT_BYTES));
  const errors = page.family('network_errors_total', 'counter', 'Packets received or sent with an error.');
  const drops = page.family('network_drops_total', 'counter', 'Packets dropped on receiving or sending.');
  for (const [direction, first] of [
    ['receive', RECEIVED_BYTES],
    ['transmit', SENT_BYTES],
  ] as const) {
    errors.sample({ ...place, direction }, at(first + 2));
    drops.sample({ ...place, direction }, at(first + 3));
  }
}

async function writeState(context: PartContext, device: string): Promise<void> {
  const { page } = context;
  const [operstate, mtu, speed] = await Promise.all(
    ['operstate', 'mtu', 'speed'].map((file) => readDeviceFile(context, device, file)),
  );
  if (operstate !== undefined)
    page
      .family('node_network_up', 'gauge', '1 when the interface is up, else 0.')
      .sample({ device }, operstate === 'up' ? 1 : 0);
  if (mtu !== undefined)
    page.family('node_network_mtu_bytes', 'gauge', 'Largest packet in bytes.').sample({ device }, Number(mtu));
  // Megabits in the file; -1 stands for unknown, which is no speed at all.
  if (speed !== undefined && Number(speed) >= 0) {
    page
      .family('node_network_speed_bytes', 'gauge', 'Speed of the interface in bytes a second.')
      .sample({ device }, (Number(speed) * 1_000_000) / 8);
  }
}

/** Virtual devices refuse to tell their speed (EINVAL), and devices come and go. */
async function readDeviceFile(context: PartContext, device: string, file: string): Promise<string | undefined> {
  try {
    return (await context.read(`/sys/class/net/${device}/${file}`)).trim();
  } catch (error) {
    if (
      isMissing(error) ||
      (error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'EOPNOTSUPP'))
    )
      return undefined;
    throw error;
  }
}
