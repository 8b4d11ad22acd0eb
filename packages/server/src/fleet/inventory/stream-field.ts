import { readAddress, type StreamRole } from './read-address.ts';
import { type FieldReader, type Report, isAbsent, isMapping, scalarText, shown } from './written-value.ts';

/** An address alone, or with its transport. */
export function stream(role: StreamRole): FieldReader {
  return (raw, report) => {
    const whole = isMapping(raw) ? raw : { url: raw };
    const url = scalarText(whole['url'] ?? whole['address']);
    if (url === undefined) {
      report('an address is missing', 'write the address itself, or {url: …, transport: tcp}');
      return undefined;
    }
    const read = readAddress(url, role);
    if (!read.ok) {
      report(read.message, read.remedy);
      return undefined;
    }
    const unknown = Object.keys(whole).find((key) => !STREAM_KEYS.has(key));
    if (unknown !== undefined)
      report(`unknown key "${shown(unknown)}"`, 'known keys here: url, transport, insecure_tls');
    const transport = scalarText(whole['transport'])?.toLowerCase();
    if (transport !== undefined && transport !== '' && transport !== 'tcp' && transport !== 'udp')
      report(`unknown transport "${shown(transport)}"`, 'write tcp or udp');
    const insecure = isAbsent(whole['insecure_tls']) ? undefined : truth(whole['insecure_tls'], report);
    return {
      url: read.url,
      ...(transport === 'tcp' || transport === 'udp' ? { transport } : {}),
      ...(insecure === undefined ? {} : { insecure_tls: insecure }),
    };
  };
}
const STREAM_KEYS: ReadonlySet<string> = new Set(['url', 'address', 'transport', 'insecure_tls']);

const TRUTHS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    true: true,
    yes: true,
    on: true,
    y: true,
    '1': true,
    ja: true,
    x: true,
    false: false,
    no: false,
    off: false,
    n: false,
    '0': false,
    nein: false,
  }),
);

export function truth(raw: unknown, report: Report): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  const value = TRUTHS.get((scalarText(raw) ?? '').toLowerCase());
  if (value === undefined) report('must be true or false', 'write true or false');
  return value;
}
