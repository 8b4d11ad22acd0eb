import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type LookupFunction, type Socket, connect as connectTcp, isIP } from 'node:net';
import { buildConnector } from 'undici';
import { errorMessage } from '../errors.ts';
import type { ProxyConfig } from './config.ts';
import type { Deadlines } from './deadlines.ts';
import { HttpFailure } from './http-failure.ts';
import { type ProxyChoice, portOf } from './proxy.ts';
import { SocksHandshake } from './socks-handshake.ts';
import type { TlsOptions } from './tls-files.ts';

/** As undici's own for direct connections. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** True when the proxy forwards requests itself: the request then carries the whole address. */
export function forwards(proxy: URL | undefined, url: URL): boolean {
  return proxy !== undefined && url.protocol === 'http:' && !proxy.protocol.startsWith('socks');
}

/** The user and password of a proxy's address as a header's value. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const { username, password } = decodedUser(proxy);
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * Opens connections for undici: directly, to a forwarding proxy (plain HTTP), or through a tunnel that CONNECT or SOCKS 5
 * makes. `tls` secures the connection to the server and, for an https:// proxy, the one to the proxy as well. `lookup` finds the
 * addresses of names; default: the system's.
 */
export function proxyConnector(
  choose: ProxyChoice,
  config: ProxyConfig,
  tls: TlsOptions,
  deadlines: Deadlines,
  lookup?: LookupFunction,
): buildConnector.connector {
  const names = lookup === undefined ? {} : { lookup };
  const direct = buildConnector({ ...tls, ...names, timeout: CONNECT_TIMEOUT_MS });
  // server_name names the server, not the proxy in front of it.
  const { servername: _, ...tlsOfProxy } = tls;
  const toProxy = buildConnector({ ...tlsOfProxy, ...names, timeout: CONNECT_TIMEOUT_MS });
  return (options, callback) => {
    const url = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
    const proxy = choose(url);
    if (proxy === undefined) {
      direct(options, callback);
      return;
    }
    if (forwards(proxy, url)) {
      toProxy(
        { hostname: bare(proxy.hostname), host: proxy.host, protocol: proxy.protocol, port: String(portOf(proxy)) },
        (...[error, socket]) => {
          if (error === null) callback(null, socket);
          else callback(unreachable(proxy, error), null);
        },
      );
      return;
    }
    const opened = proxy.protocol.startsWith('socks')
      ? socksTunnel(proxy, url, deadlines, names)
      : httpTunnel(proxy, url, config, { ...tlsOfProxy, ...names }, deadlines);
    opened.then(
      (socket) => {
        if (url.protocol === 'https:') direct({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: unknown) => callback(error instanceof Error ? error : new HttpFailure(errorMessage(error)), null),
    );
  };
}

/** How names become addresses, when not the system's way. */
interface Names {
  readonly lookup?: LookupFunction;
}

function httpTunnel(
  proxy: URL,
  target: URL,
  config: ProxyConfig,
  tls: TlsOptions & Names,
  deadlines: Deadlines,
): Promise<Socket> {
  const address = `${target.hostname}:${portOf(target)}`;
  const headers: Record<string, string | string[]> = { host: address };
  const authorization = proxyAuthorization(proxy);
  if (authorization !== undefined) headers['proxy-authorization'] = authorization;
  for (const [name, values] of Object.entries(config.proxy_connect_header ?? {}))
    headers[name.toLowerCase()] = values.map((value) => value.reveal());
  return new Promise((resolve, reject) => {
    const secure = proxy.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)({
      host: bare(proxy.hostname),
      port: portOf(proxy),
      method: 'CONNECT',
      path: address,
      headers,
      agent: false,
      ...(secure ? tls : tls.lookup && { lookup: tls.lookup }),
    });
    const deadline = deadlines.after(CONNECT_TIMEOUT_MS, () =>
      fail(new HttpFailure(`no connection through the proxy ${proxy.host} in time`)),
    );
    const fail = (failure: HttpFailure): void => {
      deadline.cancel();
      request.destroy();
      reject(failure);
    };
    request.once('connect', (response, socket, head) => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299 || head.length > 0) {
        socket.destroy();
        const words =
          head.length > 0 && status >= 200 && status < 300
            ? `the proxy ${proxy.host} sent data before the connection to ${address} was in use`
            : `the proxy ${proxy.host} refused a connection to ${address} with HTTP status ${status}${status === 407 ? '; set user and password in proxy_url' : ''}`;
        fail(new HttpFailure(words));
        return;
      }
      deadline.cancel();
      resolve(socket);
    });
    request.once('response', (response) =>
      fail(new HttpFailure(`the proxy ${proxy.host} answered HTTP status ${response.statusCode}`)),
    );
    request.once('error', (error) => fail(unreachable(proxy, error)));
    request.end();
  });
}

function socksTunnel(proxy: URL, target: URL, deadlines: Deadlines, names: Names): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: bare(proxy.hostname), port: portOf(proxy), ...names });
    const handshake = new SocksHandshake(bare(target.hostname), portOf(target), decodedUser(proxy));
    const deadline = deadlines.after(CONNECT_TIMEOUT_MS, () => fail(new Error('it does not answer in time')));
    const fail = (error: unknown): void => {
      deadline.cancel();
      socket.destroy();
      reject(unreachable(proxy, error));
    };
    const onClose = (): void => fail(new Error('it closed the connection'));
    const onData = (chunk: Buffer): void => {
      try {
        const reply = handshake.take(chunk);
        if (reply !== undefined) socket.write(reply);
      } catch (error) {
        fail(error);
        return;
      }
      if (!handshake.done) return;
      socket.off('data', onData);
      deadline.cancel();
      socket.off('error', fail);
      socket.off('close', onClose);
      socket.pause();
      resolve(socket);
    };
    socket.once('connect', () => socket.write(handshake.greeting()));
    socket.on('data', onData);
    socket.on('error', fail);
    socket.on('close', onClose);
  });
}

function unreachable(proxy: URL, error: unknown): HttpFailure {
  return new HttpFailure(`no connection through the proxy ${proxy.host}: ${errorMessage(error)}`, error);
}

/** User and password of an address; a stray percent sign stands for itself. */
export function decodedUser(url: URL): { readonly username: string; readonly password: string } {
  return { username: decoded(url.username), password: decoded(url.password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bare(hostname: string): string {
  const inner = hostname.replace(/^\[|\]$/g, '');
  return isIP(inner) === 6 ? inner : hostname;
}
