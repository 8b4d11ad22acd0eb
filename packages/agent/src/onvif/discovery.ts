import { randomUUID } from 'node:crypto';
import { type RemoteInfo, createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { oneLine } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import type { DiscoveryOptions } from './onvif-client-ports.ts';
import type { DiscoveredDevice, DiscoveryOutcome } from './onvif-report.ts';
import { XmlRefused, type XmlElement, child, childText, childrenOf, parseXml } from './xml-tree.ts';

const GROUP = '239.255.255.250';
const PORT = 3_702;
/** The probe is sent this often: multicast is lost now and then. */
const REPEATS = 3;
const REPEAT_MS = 250;
const DATAGRAM_BYTES_MAX = 32 * 1_024;
/** Answers that are looked at, of one discovery. */
const DATAGRAMS_MAX = 8_192;
const DEVICES_MAX = 2_048;
const URLS_MAX = 8;
const WORD_CHARACTERS_MAX = 120;
const URL_CHARACTERS_MAX = 500;

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
/** WS-Discovery of April 2005 with the addressing of August 2004, as ONVIF Core 7.3 wants it. */
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';

const probeMessage = (id: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}"><s:Header>` +
  `<a:Action s:mustUnderstand="1">${DISCOVERY}/Probe</a:Action><a:MessageID>${id}</a:MessageID>` +
  `<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>` +
  `<d:Probe xmlns:d="${DISCOVERY}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>` +
  `</s:Body></s:Envelope>`;

/**
 * Asks the network once and listens for `timeoutMs`. Everything that comes is hostile until it is an answer to this very question from
 * an address that the policy allows. Resolves always, unless `signal` aborts or no socket can be opened.
 */
export async function discover(
  deps: StreamProbeDeps,
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<DiscoveryOutcome> {
  signal.throwIfAborted();
  const address = options.address ?? GROUP;
  const id = `urn:uuid:${randomUUID()}`;
  const devices = new Map<string, DiscoveredDevice>();
  let datagrams = 0;
  let ignored = 0;
  const socket = createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4', reuseAddr: true });
  try {
    const failed = new Promise<never>((_, reject) => {
      socket.once('error', reject);
    });
    socket.on('message', (data: Buffer, from: RemoteInfo) => {
      if (++datagrams > DATAGRAMS_MAX || data.length > DATAGRAM_BYTES_MAX || !deps.policy.allows(from.address)) {
        ignored++;
        return;
      }
      const found = matchesOf(data.toString('utf8'), id, from.address, deps);
      if (found.length === 0) ignored++;
      for (const device of found) {
        const key = device.endpoint ?? device.urls[0] ?? device.address;
        if (devices.size < DEVICES_MAX && !devices.has(key)) devices.set(key, device);
      }
    });
    const bound = new Promise<void>((resolve) => {
      socket.bind(
        { port: 0, ...(options.interfaceAddress !== undefined && { address: options.interfaceAddress }) },
        resolve,
      );
    });
    await Promise.race([bound, failed]);
    if (options.interfaceAddress !== undefined && options.address === undefined)
      socket.setMulticastInterface(options.interfaceAddress);
    const message = Buffer.from(probeMessage(id));
    const endMs = deps.clock.monotonicMs() + options.timeoutMs;
    for (let sent = 0; sent < REPEATS; sent++) {
      await Promise.race([sending(socket, message, options.port ?? PORT, address), failed]);
      await Promise.race([
        deps.clock.sleep(Math.min(REPEAT_MS, Math.max(0, endMs - deps.clock.monotonicMs())), signal),
        failed,
      ]);
    }
    await Promise.race([deps.clock.sleep(Math.max(0, endMs - deps.clock.monotonicMs()), signal), failed]);
  } finally {
    socket.close();
  }
  return { devices: [...devices.values()], ignored };
}

function sending(
  socket: ReturnType<typeof createSocket>,
  message: Buffer,
  port: number,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, port, address, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The devices of one answer; none where it is no ProbeMatches, or answers another question. */
export function matchesOf(
  text: string,
  id: string,
  from: string,
  deps: Pick<StreamProbeDeps, 'policy'>,
): readonly DiscoveredDevice[] {
  let root: XmlElement;
  try {
    root = parseXml(text);
  } catch (error) {
    if (error instanceof XmlRefused) return [];
    throw error;
  }
  if (childText(root, 'Header', 'RelatesTo') !== id) return [];
  return childrenOf(child(root, 'Body', 'ProbeMatches'), 'ProbeMatch')
    .slice(0, URLS_MAX)
    .flatMap((match) => {
      const urls = (childText(match, 'XAddrs') ?? '')
        .split(' ')
        .slice(0, URLS_MAX * 4)
        .flatMap((each) => allowedUrl(each.trim(), deps))
        .slice(0, URLS_MAX);
      if (urls.length === 0) return [];
      const endpoint = childText(match, 'EndpointReference', 'Address');
      const scopes = (childText(match, 'Scopes') ?? '').split(' ');
      const name = scopeOf(scopes, 'name');
      const hardware = scopeOf(scopes, 'hardware');
      const location = scopeOf(scopes, 'location');
      return [
        {
          urls,
          address: from,
          ...(endpoint !== undefined && { endpoint: oneLine(endpoint, WORD_CHARACTERS_MAX) }),
          ...(name !== undefined && { name }),
          ...(hardware !== undefined && { hardware }),
          ...(location !== undefined && { location }),
        },
      ];
    });
}

/** Names are kept, and asked of the policy when they are connected to; addresses are asked now. */
function allowedUrl(text: string, deps: Pick<StreamProbeDeps, 'policy'>): string[] {
  if (text.length > URL_CHARACTERS_MAX || !URL.canParse(text)) return [];
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return [];
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && !deps.policy.allows(bare)) return [];
  url.username = '';
  url.password = '';
  return [url.href];
}

/** `onvif://www.onvif.org/<category>/<value>` (Core 7.3.2.2). */
function scopeOf(scopes: readonly string[], category: string): string | undefined {
  const prefix = `onvif://www.onvif.org/${category}/`;
  const scope = scopes.find((each) => each.toLowerCase().startsWith(prefix))?.slice(prefix.length);
  if (scope === undefined || scope === '') return undefined;
  return oneLine(decoded(scope), WORD_CHARACTERS_MAX);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
