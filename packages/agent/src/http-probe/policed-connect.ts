import { lookup as systemLookup } from 'node:dns/promises';
import { type Socket, connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { ProbePhase } from '../camera/probe-failure.ts';
import { ProbeFault } from './probe-fault.ts';
import type { StreamProbeDeps } from './stream-probe-deps.ts';

/** Addresses of one name that are tried, one after the other. */
const ADDRESSES_TRIED_MAX = 4;

export interface ConnectOptions {
  readonly insecureTls: boolean;
  /** Told how long each step of a connection took, milliseconds. */
  readonly onPhase: (phase: ProbePhase, ms: number) => void;
  /** IP and port, as `192.0.2.1:80` or `[2001:db8::1]:80`. */
  readonly onConnected: (address: string) => void;
}

/** Connects for undici where the policy allows the address itself, and knows its sockets so that none outlives the probe. */
export class PolicedConnect {
  readonly #deps: StreamProbeDeps;
  readonly #options: ConnectOptions;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor(deps: StreamProbeDeps, options: ConnectOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  readonly connector: buildConnector.connector = (options, callback) => {
    this.#connect(options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };

  /** Ends every connection, those that are still being made included. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async #connect(options: buildConnector.Options): Promise<Socket> {
    const secure = options.protocol === 'https:';
    const port = Number(options.port) || (secure ? 443 : 80);
    const hostname = bare(options.hostname);
    const addresses = await this.#allowed(hostname);
    const startMs = this.#deps.clock.monotonicMs();
    let failure: unknown;
    for (const address of addresses) {
      try {
        const socket = await this.#tcp(address, port);
        this.#options.onPhase('connect', this.#deps.clock.monotonicMs() - startMs);
        this.#options.onConnected(isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`);
        return secure ? await this.#tls(socket, hostname) : socket;
      } catch (error) {
        failure = error;
        if (this.#closed) break;
      }
    }
    throw failure;
  }

  async #allowed(hostname: string): Promise<readonly string[]> {
    const startMs = this.#deps.clock.monotonicMs();
    const literal = isIP(hostname) !== 0;
    const found = literal ? [hostname] : await (this.#deps.resolve ?? allAddresses)(hostname);
    if (!literal) this.#options.onPhase('resolve', this.#deps.clock.monotonicMs() - startMs);
    if (found.length === 0) throw new ProbeFault('dns', `No address was found for the name ${hostname}.`, 'resolve');
    const allowed = found.filter((ip) => isIP(ip) !== 0 && this.#deps.policy.allows(ip));
    if (allowed.length === 0) {
      const named = literal ? hostname : `${hostname} (${found[0]})`;
      throw new ProbeFault('policy', `${named} is outside the networks that probes may reach.`, 'connect');
    }
    return allowed.slice(0, ADDRESSES_TRIED_MAX);
  }

  #tcp(address: string, port: number): Promise<Socket> {
    const socket = connectTcp({ host: address, port, noDelay: true });
    this.#keep(socket);
    return ready(socket, 'connect');
  }

  async #tls(socket: Socket, hostname: string): Promise<Socket> {
    const startMs = this.#deps.clock.monotonicMs();
    const secure = connectTls({
      socket,
      ...(isIP(hostname) === 0 && { servername: hostname }),
      host: hostname,
      rejectUnauthorized: !this.#options.insecureTls,
      ALPNProtocols: ['http/1.1'],
    });
    this.#keep(secure);
    try {
      await ready(secure, 'secureConnect');
    } catch (error) {
      // A server that does not speak TLS may also just hang up.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      throw new ProbeFault('tls', `${hostname} hung up while TLS was being set up.`, 'tls');
    }
    this.#options.onPhase('tls', this.#deps.clock.monotonicMs() - startMs);
    return secure;
  }

  #keep(socket: Socket): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function ready(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onReady = (): void => {
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve(socket);
    };
    const onError = (error: Error): void => {
      socket.off(event, onReady);
      socket.destroy();
      reject(error);
    };
    const onClose = (): void => onError(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
    socket.once(event, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
  });
}

async function allAddresses(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
}

/** A host of a URL without the brackets of IPv6. */
function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
