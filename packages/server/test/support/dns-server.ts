/** A name server on loopback: UDP, the record types that discovery asks for. */
import { type Socket, createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export interface DnsZone {
  /** By `name TYPE`; texts as in a zone file: an address, a name, `preference name`, `priority weight port name`. */
  records: Record<string, readonly string[]>;
  /** Names that exist without records of the type asked for. */
  empty: readonly string[];
  /** Names for which the server fails. */
  failing: readonly string[];
}

export interface DnsServer {
  readonly address: string;
  readonly zone: DnsZone;
  /** `name TYPE` of each question. */
  readonly asked: string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 2: 'NS', 15: 'MX', 28: 'AAAA', 33: 'SRV' };
const NXDOMAIN = 3;
const SERVFAIL = 2;

export async function dnsServer(records: DnsZone['records']): Promise<DnsServer> {
  const zone: DnsZone = { records, empty: [], failing: [] };
  const asked: string[] = [];
  const socket: Socket = createSocket('udp4');
  socket.on('message', (question, peer) => {
    const { name, end } = readName(question, 12);
    const typeNumber = question.readUInt16BE(end);
    const type = TYPES[typeNumber] ?? String(typeNumber);
    const key = `${name} ${type}`;
    asked.push(key);
    const found = zone.records[key] ?? [];
    const known = found.length > 0 || zone.empty.includes(name);
    const code = zone.failing.includes(name) ? SERVFAIL : known ? 0 : NXDOMAIN;
    const answers = code === 0 ? found.map((text) => record(name, typeNumber, type, text)) : [];
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(answers.length, 6);
    socket.send(Buffer.concat([head, question.subarray(12, end + 4), ...answers]), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    zone,
    asked,
    close: () =>
      new Promise((resolve) => {
        socket.close(() => resolve());
      }),
  };
}

function readName(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const parts: string[] = [];
  let at = start;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    parts.push(bytes.subarray(at + 1, at + 1 + length).toString());
    at += 1 + length;
  }
  return { name: parts.join('.').toLowerCase(), end: at + 1 };
}

function writeName(name: string): Buffer {
  const parts = name.split('.').filter((part) => part !== '');
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from([part.length]), Buffer.from(part)]), Buffer.from([0])]);
}

function number16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function record(name: string, typeNumber: number, type: string, text: string): Buffer {
  const words = text.split(' ');
  const target = writeName(words.at(-1) ?? '');
  const numbers = Buffer.concat(words.slice(0, -1).map((word) => number16(Number(word))));
  const data =
    type === 'A'
      ? Buffer.from(text.split('.').map(Number))
      : type === 'AAAA'
        ? Buffer.concat(text.split(':').map((group) => number16(parseInt(group, 16))))
        : Buffer.concat([numbers, target]);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeNumber, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(30, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([writeName(name), fixed, data]);
}
