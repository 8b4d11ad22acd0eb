import type { ProxyConfig } from './config.ts';
import { HttpFailure } from './http-failure.ts';
import { compileNoProxy } from './no-proxy.ts';

/** The process's own proxy settings; `app` reads them from the environment. */
export interface ProxyEnvironment {
  /** HTTP_PROXY: for http:// addresses. */
  readonly httpProxy?: string | undefined;
  /** HTTPS_PROXY: for https:// addresses. */
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** The proxy for a request to this address; undefined when it goes directly. */
export type ProxyChoice = (url: URL) => URL | undefined;

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : url.protocol.startsWith('socks5') ? 1_080 : 80);
}

/** As Go does: only a list of exceptions, or the environment, exempts localhost and loopback addresses. */
export function proxyChoice(config: ProxyConfig, environment: ProxyEnvironment): ProxyChoice {
  if (config.proxy_from_environment === true) {
    const http = environmentUrl(environment.httpProxy);
    const https = environmentUrl(environment.httpsProxy);
    const direct = compileNoProxy(environment.noProxy ?? '');
    return (url) => (direct(url.hostname, portOf(url)) ? undefined : url.protocol === 'https:' ? https : http);
  }
  if (config.proxy_url === undefined) return () => undefined;
  const address = config.proxy_url.reveal();
  if (!URL.canParse(address)) {
    return () => {
      throw new HttpFailure('proxy_url has no scheme; write it as http://proxy.example:3128');
    };
  }
  const proxy = new URL(address);
  if ((config.no_proxy ?? '') === '') return () => proxy;
  const direct = compileNoProxy(config.no_proxy ?? '');
  return (url) => (direct(url.hostname, portOf(url)) ? undefined : proxy);
}

/** `proxy.example:3128` is short for an http:// address there. */
function environmentUrl(text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}
