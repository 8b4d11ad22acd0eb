import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { ProbePhase } from '@vedette/wire/http';
import { type DialPhase, dial } from '../network/dial.ts';
import { DialError } from '../network/socket-error.ts';
import { ProbeFault } from './probe-fault.ts';
import type { StreamProbeDeps } from './stream-probe-deps.ts';

export interface ConnectorOptions {
  /** The host that the inventory names; a failure of another one names it. */
  readonly home: string;
  readonly insecureTls: boolean;
  /** Ends connections that are being made. */
  readonly signal: AbortSignal;
  /** Told how long each step of a connection took, milliseconds. */
  readonly onPhase: (phase: ProbePhase, ms: number) => void;
  /** IP and port, as `192.0.2.1:80` or `[2001:db8::1]:80`. */
  readonly onConnected: (address: string) => void;
}

/** Connects for undici as every probe does: where the policy allows the address itself. */
export function dialledConnector(deps: Required<StreamProbeDeps>, options: ConnectorOptions): buildConnector.connector {
  const connect = async (to: buildConnector.Options): Promise<Socket> => {
    const secure = to.protocol === 'https:';
    const host = to.hostname.startsWith('[') ? to.hostname.slice(1, -1) : to.hostname;
    const endpoint = {
      host,
      port: Number(to.port) || (secure ? 443 : 80),
      ...(secure && { tls: { insecure: options.insecureTls } }),
    };
    let phase: DialPhase | undefined;
    let sinceMs = 0;
    const onPhase = (next: DialPhase | undefined): void => {
      const nowMs = deps.clock.monotonicMs();
      if (phase !== undefined) options.onPhase(phase, nowMs - sinceMs);
      phase = next;
      sinceMs = nowMs;
    };
    try {
      const { socket, ip } = await dial(endpoint, deps, { signal: options.signal, onPhase });
      onPhase(undefined);
      options.onConnected(ip.includes(':') ? `[${ip}]:${endpoint.port}` : `${ip}:${endpoint.port}`);
      return socket;
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      const words = host === options.home ? error.message : `${host}: ${error.message}`;
      throw new ProbeFault(error.reason, words, phase ?? 'connect');
    }
  };
  return (to, callback) => {
    connect(to).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}
