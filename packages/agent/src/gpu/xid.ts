import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { shortPci } from './nvidia/row.ts';

export interface XidEvent {
  /** `0000:83:00`: without the function, as the driver writes it. */
  readonly pci: string;
  readonly xid: string;
}

const LINE_MAX = 4_096;
const XID = /\bXid \(PCI:([0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2})(?:\.[0-9a-fA-F])?\): (\d{1,5})\b/;

/** `… NVRM: Xid (PCI:0000:83:00): 79, pid=1234, GPU has fallen off the bus.`; undefined for any other line. */
export function parseXid(line: string): XidEvent | undefined {
  if (line.length > LINE_MAX || !line.includes('NVRM:')) return undefined;
  const match = XID.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { pci: withoutFunction(shortPci(match[1])), xid: match[2] };
}

export function withoutFunction(pci: string): string {
  return pci.replace(/\.[0-9a-f]$/, '');
}

const READ_BYTES = 8_192;
/** Of one reading; the kernel's ring has some ten thousand. */
const READS_MAX = 20_000;
const EVENTS_MAX = 1_024;

/** Xid errors since the machine started, as far back as the kernel's log reaches. */
export class XidLog {
  readonly #path: string;
  readonly #counts = new Map<string, { readonly event: XidEvent; count: number }>();
  #file: FileHandle | undefined;
  #rest = '';

  /** `/dev/kmsg`, or a file that the kernel's log is written to. */
  constructor(path: string) {
    this.#path = path;
  }

  counts(): Iterable<{ readonly event: XidEvent; readonly count: number }> {
    return this.#counts.values();
  }

  /** Takes in what is new. False: this machine's log is not for us to read. */
  async read(): Promise<boolean> {
    try {
      // Reading the device would otherwise wait for the next message.
      this.#file ??= await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'ENXIO', 'ENODEV')) return false;
      throw error;
    }
    const buffer = Buffer.alloc(READ_BYTES);
    for (let reads = 0; reads < READS_MAX; reads++) {
      try {
        const { bytesRead } = await this.#file.read(buffer, 0, READ_BYTES, null);
        if (bytesRead === 0) return true;
        this.#take(buffer.toString('utf8', 0, bytesRead));
      } catch (error) {
        if (hasCode(error, 'EAGAIN')) return true;
        // Messages were overwritten before they were read; the next read goes on after them.
        if (hasCode(error, 'EPIPE')) continue;
        if (hasCode(error, 'EPERM', 'EACCES')) return false;
        throw error;
      }
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LINE_MAX);
    for (const line of lines) {
      const event = parseXid(line);
      if (!event) continue;
      const key = `${event.pci} ${event.xid}`;
      const known = this.#counts.get(key);
      if (known) known.count++;
      else if (this.#counts.size < EVENTS_MAX) this.#counts.set(key, { event, count: 1 });
    }
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
