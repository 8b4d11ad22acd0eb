import { isIP } from 'node:net';
import type { Credentials } from '../camera/credentials.ts';
import type { HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault, oneLine } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import { ADDRESSING, envelope, faultWords, parseSoap, refusesCredentials } from './soap.ts';
import { userNameToken } from './user-name-token.ts';
import { XML_BYTES_MAX, type XmlElement, escapeXml } from './xml-tree.ts';

/** A device says no to one request; the others may still be answered. */
export class OnvifRefusal extends Error {
  override readonly name = 'OnvifRefusal';
}

export interface OnvifCall {
  readonly url: URL;
  /** XML of the body's element. */
  readonly body: string;
  /** WS-Addressing, where the service wants it (events). */
  readonly action?: string;
  readonly messageId?: string;
  /** Further headers: reference parameters. */
  readonly headers?: string;
  readonly anonymous?: boolean;
  readonly timeoutMs?: number;
}

/** Requests to one device: SOAP over HTTP with a WS-UsernameToken of the camera's time, and HTTP authentication where it asks for that. */
export class OnvifConnection {
  /** The camera's clock less ours, milliseconds; 0 until it was asked. */
  clockOffsetMs = 0;
  readonly home: URL;
  readonly #deps: StreamProbeDeps;
  readonly #run: HttpRun;
  readonly #credentials: Credentials | undefined;

  constructor(deps: StreamProbeDeps, run: HttpRun, home: URL, credentials: Credentials | undefined) {
    this.#deps = deps;
    this.#run = run;
    this.home = home;
    this.#credentials = credentials;
  }

  /** The answer's element. Rejects with an OnvifRefusal, or with a ProbeFault where nothing of it will work. */
  async call(call: OnvifCall): Promise<XmlElement> {
    const { url } = call;
    const token =
      this.#credentials === undefined || call.anonymous
        ? ''
        : userNameToken(this.#credentials, this.#deps.clock.now() + this.clockOffsetMs);
    const addressing =
      call.action === undefined
        ? ''
        : `<a:Action xmlns:a="${ADDRESSING}" s:mustUnderstand="1">${escapeXml(call.action)}</a:Action>` +
          `<a:To xmlns:a="${ADDRESSING}">${escapeXml(url.href)}</a:To>` +
          (call.messageId === undefined ? '' : `<a:MessageID xmlns:a="${ADDRESSING}">${call.messageId}</a:MessageID>`);
    const action = call.action === undefined ? '' : `; action="${call.action}"`;
    const answer = await this.#run.request(url, {
      method: 'POST',
      headers: {
        'content-type': `application/soap+xml; charset=utf-8${action}`,
        accept: 'application/soap+xml, text/xml, */*',
      },
      body: envelope(addressing + (call.headers ?? '') + token, call.body),
      ...(call.timeoutMs !== undefined && { timeoutMs: call.timeoutMs }),
    });
    // Faults come with 400 and 500: what the body says is more exact than the status.
    if ((answer.status < 200 || answer.status > 299) && answer.status !== 400 && answer.status !== 500) {
      await this.#run.discard(answer);
      this.#run.expectSuccess(answer, 'ONVIF service');
    }
    const parsed = parseSoap(await this.#run.text(answer, XML_BYTES_MAX, 'ONVIF answer'), url.host);
    if (parsed.fault === undefined) return parsed.body;
    if (refusesCredentials(parsed.fault)) {
      const words = faultWords(parsed.fault);
      throw this.#credentials === undefined
        ? new ProbeFault('no_credentials', `${url.host} asks for credentials, and none are known (${words}).`)
        : new ProbeFault('credentials', `${url.host} refused the credentials (${words}).`);
    }
    throw new OnvifRefusal(faultWords(parsed.fault));
  }

  /**
   * Where to ask a service that the device names. Its own addresses are followed. Another machine's are not: a device behind a router
   * names addresses of its side, and a hostile one any; such a service is asked for at the device itself, under the path that it named.
   */
  service(named: string): { readonly url: URL; readonly problem?: string } {
    const url = URL.canParse(named, this.home.href) ? new URL(named, this.home) : undefined;
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw new OnvifRefusal(`it names an address that is none for the web: ${oneLine(named, 80)}`);
    }
    url.username = '';
    url.password = '';
    const downgrade = this.home.protocol === 'https:' && url.protocol === 'http:';
    if (this.#isHome(url.hostname) && !downgrade) return { url: withHost(url, this.home.hostname) };
    const moved = new URL(`${url.pathname}${url.search}`, this.home);
    const bare = url.hostname.replace(/^\[|\]$/g, '');
    const refused = isIP(bare) !== 0 && !this.#deps.policy.allows(bare);
    const why = downgrade
      ? 'which is not encrypted as the address of the inventory is'
      : refused
        ? 'outside the networks that probes may reach'
        : 'which is another machine';
    return {
      url: moved,
      problem: `It names a service at ${oneLine(url.host, 80)}, ${why}; ${this.home.host} was asked instead.`,
    };
  }

  #isHome(hostname: string): boolean {
    if (hostname === this.home.hostname) return true;
    const remote = this.#run.remoteAddress;
    const ip = remote?.slice(0, remote.lastIndexOf(':'));
    return ip !== undefined && (hostname === ip || `[${hostname}]` === ip);
  }
}

/** The same machine under the name that the inventory knows it by, so that credentials go there. */
function withHost(url: URL, hostname: string): URL {
  const same = new URL(url);
  same.hostname = hostname;
  return same;
}
