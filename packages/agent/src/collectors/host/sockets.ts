import { type HostPart, type PartContext, isMissing } from './part.ts';

/** The kernel counts socket memory in pages; every kernel Vedette runs on has pages of 4 KiB unless it says otherwise. */
const PAGE_BYTES = 4_096;

/** The node exporter's default choice of /proc/net/{snmp,snmp6,netstat}. */
const SHOWN =
  /^(?:\w+_(?:InErrors|InErrs)|Ip_Forwarding|Ip(?:6|Ext)_(?:InOctets|OutOctets)|Icmp6?_(?:InMsgs|OutMsgs)|TcpExt_(?:Listen\w*|Syncookies\w*|TCPSynRetrans|TCPTimeouts)|Tcp_(?:ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(?:InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$/;

/** Sockets by protocol and state, and the protocols' counters. */
export function socketsPart(): HostPart {
  return {
    name: 'sockets',
    collect: async (context) => {
      const [sockstat, sockstat6, snmp, netstat, snmp6] = await Promise.all([
        context.read('/proc/net/sockstat'),
        readOptional(context, '/proc/net/sockstat6'),
        context.read('/proc/net/snmp'),
        context.read('/proc/net/netstat'),
        readOptional(context, '/proc/net/snmp6'),
      ]);
      writeSockets(context, sockstat + sockstat6);
      writePairedLines(context, snmp);
      writePairedLines(context, netstat);
      writeSnmp6(context, snmp6);
    },
  };
}

/** '' where the machine speaks no IPv6. */
async function readOptional(context: PartContext, path: string): Promise<string> {
  try {
    return await context.read(path);
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** `TCP: inuse 10 orphan 0`. */
function writeSockets({ page }: PartContext, text: string): void {
  for (const line of text.split('\n')) {
    const [protocol, ...pairs] = line.replace(':', '').split(' ');
    if (protocol === undefined) continue;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const value = Number(pairs[i + 1]);
      const name = `node_sockstat_${protocol}_${pairs[i]}`;
      page.family(name, 'gauge', `${protocol} ${pairs[i]} of /proc/net/sockstat.`).sample({}, value);
      if (pairs[i] === 'mem')
        page.family(`${name}_bytes`, 'gauge', `${protocol} memory in bytes.`).sample({}, value * PAGE_BYTES);
    }
  }
}

/** A line of names, then a line of values, both starting with `Tcp:`. */
function writePairedLines(context: PartContext, text: string): void {
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [prefix, ...names] = (lines[i] ?? '').split(' ');
    const values = (lines[i + 1] ?? '').split(' ').slice(1);
    for (const [column, name] of names.entries())
      writeCounter(context, `${prefix?.replace(':', '')}_${name}`, values[column]);
  }
}

/** `Ip6InOctets  128`. */
function writeSnmp6(context: PartContext, text: string): void {
  for (const line of text.split('\n')) {
    const match = /^(Ip6|Icmp6|Udp6|UdpLite6)(\w+)\s+(\d+)$/.exec(line);
    if (match) writeCounter(context, `${match[1]}_${match[2]}`, match[3]);
  }
}

function writeCounter({ page }: PartContext, name: string, value: string | undefined): void {
  if (value === undefined || !SHOWN.test(name)) return;
  page.family(`node_netstat_${name}`, 'untyped', `${name} of the network protocols.`).sample({}, Number(value));
}
