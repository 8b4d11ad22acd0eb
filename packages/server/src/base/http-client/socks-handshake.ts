import { isIP } from 'node:net';
import { HttpFailure } from './http-failure.ts';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const CONNECT = 1;
const NAME_BYTES_MAX = 255;

/** Reply codes of RFC 1928, section 6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by its rules',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'time to live expired',
  7: 'it does not know CONNECT',
  8: 'it does not know this kind of address',
};

/**
 * The client's side of SOCKS 5 (RFC 1928, RFC 1929), bytes in, bytes out. The target's name is resolved by the proxy, so
 * that `socks5` and `socks5h` are the same, as in Go.
 */
export class SocksHandshake {
  readonly #request: Buffer;
  readonly #user: Buffer;
  readonly #password: Buffer;
  #state: 'method' | 'authentication' | 'reply' | 'done' = 'method';
  #received: Buffer = Buffer.alloc(0);

  constructor(host: string, port: number, credentials: { readonly username: string; readonly password: string }) {
    const name = Buffer.from(host);
    if (name.length > NAME_BYTES_MAX) throw new HttpFailure('the host name is too long for a SOCKS proxy');
    const version = isIP(host);
    const address =
      version === 4
        ? Buffer.from([1, ...host.split('.').map(Number)])
        : version === 6
          ? Buffer.from([4, ...ipv6Bytes(host)])
          : Buffer.concat([Buffer.from([3, name.length]), name]);
    this.#request = Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), address, Buffer.from([port >> 8, port & 0xff])]);
    this.#user = Buffer.from(credentials.username).subarray(0, NAME_BYTES_MAX);
    this.#password = Buffer.from(credentials.password).subarray(0, NAME_BYTES_MAX);
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** The first bytes to send. */
  greeting(): Buffer {
    return this.#user.length > 0
      ? Buffer.from([VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD])
      : Buffer.from([VERSION, 1, NO_AUTHENTICATION]);
  }

  /** What to send next, if anything. Throws HttpFailure when the proxy refuses or does not speak SOCKS 5. */
  take(chunk: Buffer): Buffer | undefined {
    this.#received = Buffer.concat([this.#received, chunk]);
    const bytes = this.#received;
    if (bytes.length < 2) return undefined;
    switch (this.#state) {
      case 'method':
        if (bytes[0] !== VERSION) throw new HttpFailure('it does not speak SOCKS 5');
        this.#consume(2);
        if (bytes[1] === NO_AUTHENTICATION) return this.#ask();
        if (bytes[1] !== USER_AND_PASSWORD || this.#user.length === 0)
          throw new HttpFailure('it wants another authentication; set user and password in proxy_url');
        this.#state = 'authentication';
        return Buffer.concat([
          Buffer.from([1, this.#user.length]),
          this.#user,
          Buffer.from([this.#password.length]),
          this.#password,
        ]);
      case 'authentication':
        if (bytes[1] !== 0) throw new HttpFailure('it does not accept the user and password of proxy_url');
        this.#consume(2);
        return this.#ask();
      case 'reply': {
        if (bytes[1] !== 0) throw new HttpFailure(REPLIES[bytes[1] as number] ?? `reply ${bytes[1]}`);
        const length = replyBytes(bytes);
        if (length === undefined || bytes.length < length) return undefined;
        if (bytes.length > length) throw new HttpFailure('it sent data before the connection was in use');
        this.#state = 'done';
        return undefined;
      }
      case 'done':
        return undefined;
    }
  }

  #ask(): Buffer {
    this.#state = 'reply';
    return this.#request;
  }

  #consume(count: number): void {
    this.#received = this.#received.subarray(count);
  }
}

/** Length of a whole reply; undefined while that cannot be known. */
function replyBytes(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  const addressBytes = { 1: 4, 3: 1 + (bytes[4] as number), 4: 16 }[bytes[3] as number];
  if (addressBytes === undefined) throw new HttpFailure('it does not speak SOCKS 5');
  return 4 + addressBytes + 2;
}

/** The 16 bytes of an address as `URL` writes it: hexadecimal groups, at most one `::`. */
function ipv6Bytes(address: string): number[] {
  const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [before = '', after = ''] = address.split('::');
  const [first, last] = [groupsOf(before), groupsOf(after)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff]);
}
