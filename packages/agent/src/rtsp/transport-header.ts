/** What a server says in the Transport header of its answer to SETUP (RFC 2326, 12.39). */
export interface ServerTransport {
  readonly interleaved?: readonly [rtp: number, rtcp: number];
  readonly serverPorts?: readonly [rtp: number, rtcp: number];
  readonly isMulticast: boolean;
  readonly isTcp: boolean;
  /** Where UDP packets come from, when it is not the address that was asked. */
  readonly source?: string;
  readonly ssrc?: number;
}

export function parseTransport(value: string): ServerTransport {
  const parts = (value.split(',', 1)[0] ?? '').split(';', 32).map((each) => each.trim());
  const parameters = new Map<string, string>();
  for (const part of parts.slice(1)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    parameters.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  const interleaved = pair(parameters.get('interleaved'), 255);
  const serverPorts = pair(parameters.get('server_port'), 65_535);
  const source = parameters.get('source');
  const ssrc = parameters.get('ssrc');
  return {
    ...(interleaved ? { interleaved } : {}),
    ...(serverPorts ? { serverPorts } : {}),
    isMulticast: parameters.has('multicast'),
    isTcp: (parts[0] ?? '').toUpperCase().endsWith('/TCP') || interleaved !== undefined,
    ...(source === undefined || source === '' ? {} : { source: source.slice(0, 64) }),
    ...(ssrc !== undefined && /^[0-9a-fA-F]{1,8}$/.test(ssrc) ? { ssrc: Number.parseInt(ssrc, 16) } : {}),
  };
}

function pair(text: string | undefined, most: number): readonly [number, number] | undefined {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '');
  if (!found) return undefined;
  const first = Number(found[1]);
  const second = found[2] === undefined ? first + 1 : Number(found[2]);
  return first > most || second > most ? undefined : [first, second];
}
