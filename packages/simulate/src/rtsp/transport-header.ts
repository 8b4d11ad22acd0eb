export type AskedTransport =
  | { readonly kind: 'interleaved'; readonly channels: readonly [number, number] }
  | { readonly kind: 'udp'; readonly ports: readonly [number, number] };

/** The first way of a `Transport` header (RFC 2326, 12.39) that can be gone: interleaved, or UDP to one receiver. */
export function parseTransport(header: string, nextChannel: number): AskedTransport | undefined {
  for (const offer of header.split(',').slice(0, 8)) {
    const [profile = '', ...parameters] = offer.split(';').map((part) => part.trim());
    const values = new Map(
      parameters.map((parameter) => {
        const equals = parameter.indexOf('=');
        return equals < 0 ? [parameter, ''] : [parameter.slice(0, equals).toLowerCase(), parameter.slice(equals + 1)];
      }),
    );
    if (values.has('multicast')) continue;
    if (profile.toUpperCase() === 'RTP/AVP/TCP') {
      const channels = pair(values.get('interleaved') ?? `${nextChannel}-${nextChannel + 1}`, 255);
      if (channels) return { kind: 'interleaved', channels };
    } else if (profile.toUpperCase() === 'RTP/AVP' || profile.toUpperCase() === 'RTP/AVP/UDP') {
      const ports = pair(values.get('client_port') ?? '', 65_535);
      if (ports && ports[0] > 0) return { kind: 'udp', ports };
    }
  }
  return undefined;
}

function pair(text: string, max: number): readonly [number, number] | undefined {
  const [first = '', second] = text.split('-');
  const low = Number(first);
  const high = second === undefined ? low + 1 : Number(second);
  const usable = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;
  return first !== '' && usable(low) && usable(high) ? [low, high] : undefined;
}
