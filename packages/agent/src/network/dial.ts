import { type Socket, connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { Resolver } from './resolver.ts';
import { DialError, socketFailure, tlsFailure } from './socket-error.ts';

export interface Endpoint {
  /** A name or a literal address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: { readonly insecure: boolean };
}

export interface DialDeps {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly lookup: Resolver;
}

export type DialPhase = 'resolve' | 'connect' | 'tls';

export interface DialOptions {
  /** Its reason is what `dial` rejects with. */
  readonly signal: AbortSignal;
  /** Called when a phase begins. */
  readonly onPhase?: (phase: DialPhase) => void;
  /**
   * Takes all that is read, in a buffer which is valid during the call only: no stream machinery and no memory per read. Without it
   * the socket's own events bring the data.
   */
  readonly onData?: (chunk: Uint8Array) => void;
}

export interface Dialled {
  readonly socket: Socket;
  /** The literal address that the policy allowed and that answered. */
  readonly ip: string;
}

/** Addresses of one name that are tried. */
const ADDRESSES_MAX = 4;
/** An address that does not answer makes room for the next one of the same name. */
const NEXT_ADDRESS_MS = 2_000;
const READ_BUFFER_BYTES = 65_536;

/**
 * Resolves, asks the policy about the very address that is connected to, connects and speaks TLS where wanted. Rejects with a
 * DialError, or with the signal's reason. A socket handed out has an error listener: unhandled errors do not end the process.
 */
export async function dial(endpoint: Endpoint, deps: DialDeps, options: DialOptions): Promise<Dialled> {
  const { signal } = options;
  signal.throwIfAborted();
  let addresses: readonly string[] = [endpoint.host];
  if (isIP(endpoint.host) === 0) {
    options.onPhase?.('resolve');
    addresses = await resolveWithin(endpoint.host, deps.lookup, signal);
  }
  const allowed = addresses.filter((address) => deps.policy.allows(address)).slice(0, ADDRESSES_MAX);
  if (allowed.length === 0) {
    throw new DialError(
      'policy',
      `The address ${(addresses[0] ?? endpoint.host).slice(0, 64)} is outside the networks that probes may enter.`,
    );
  }
  options.onPhase?.('connect');
  let failure: unknown;
  for (const [i, ip] of allowed.entries()) {
    try {
      const socket = await connectPlain(ip, endpoint, deps.clock, options, i + 1 < allowed.length);
      if (!endpoint.tls) return { socket, ip };
      options.onPhase?.('tls');
      return { socket: await startTls(socket, endpoint.host, endpoint.tls.insecure, options), ip };
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

function resolveWithin(name: string, resolve: Resolver, signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    resolve(name)
      .then(done, (error: unknown) => fail(socketFailure(error)))
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function connectPlain(
  ip: string,
  endpoint: Endpoint,
  clock: Clock,
  options: DialOptions,
  hasNext: boolean,
): Promise<Socket> {
  const { signal, onData } = options;
  return new Promise((done, fail) => {
    const to = { host: ip, port: endpoint.port, noDelay: true };
    const socket =
      onData && !endpoint.tls
        ? connect({
            ...to,
            onread: {
              buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
              callback: (count, buffer) => {
                onData(buffer.subarray(0, count));
                return true;
              },
            },
          })
        : connect(to);
    const next = hasNext
      ? clock.after(NEXT_ADDRESS_MS, () =>
          socket.destroy(new DialError('timeout', 'The host did not answer the connection.')),
        )
      : undefined;
    const onAbort = (): void => {
      socket.destroy();
      settle();
      fail(signal.reason);
    };
    const onError = (error: Error): void => {
      settle();
      fail(socketFailure(error));
    };
    const settle = (): void => {
      next?.[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.on('error', ignoreLateError);
    };
    socket.once('connect', () => {
      settle();
      done(socket);
    });
    socket.on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function startTls(plain: Socket, host: string, insecure: boolean, options: DialOptions): Promise<Socket> {
  const { signal, onData } = options;
  return new Promise((done, fail) => {
    const socket = connectTls({
      socket: plain,
      rejectUnauthorized: !insecure,
      ...(isIP(host) === 0 ? { servername: host } : { host }),
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
      socket.on('error', ignoreLateError);
    };
    const failWith = (error: unknown): void => {
      settle();
      socket.destroy();
      plain.destroy();
      fail(error);
    };
    const onAbort = (): void => failWith(signal.reason);
    const onError = (error: Error): void => failWith(tlsFailure(error));
    const onClose = (): void =>
      failWith(new DialError('tls', 'The connection was closed during the TLS handshake: the port may not speak TLS.'));
    socket.once('secureConnect', () => {
      settle();
      if (onData) socket.on('data', onData);
      done(socket);
    });
    socket.on('error', onError);
    socket.on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Whoever holds the socket learns of its end by `close`; an error after that concerns nobody. */
function ignoreLateError(): void {}
