import { matchesGlob } from './glob.ts';

/** How a camera's ffmpeg is known. */
export interface FfmpegCamera {
  readonly cameraId: string;
  /** Addresses of its streams, without user and password; port and path must be the same, and the query's keys that are given here. */
  readonly addresses?: readonly string[];
  /** Begin of the paths that its ffmpeg writes to, such as `/recordings/front/`. */
  readonly outputs?: readonly string[];
  /** An argument of this form, `*` standing for anything. */
  readonly patterns?: readonly string[];
}

/** Patterns of all cameras together; each is tried on each argument of a process that nothing else matches. */
const PATTERNS_MAX = 10_000;
const PATTERN_MAX = 512;
/** Arguments longer than this are not compared. */
const ARGUMENT_MAX = 4_096;

const PORTS: Readonly<Record<string, string>> = {
  'rtsp:': '554',
  'rtsps:': '322',
  'rtmp:': '1935',
  'http:': '80',
  'https:': '443',
};

type Query = readonly (readonly [key: string, value: string])[];

interface Address {
  readonly key: string;
  readonly query: Query;
}

/** Most addresses have none. */
const NO_QUERY: Query = [];

/** Scheme, host, port and path; the user and the password play no part. */
function addressOf(text: string): Address | undefined {
  if (text.length > ARGUMENT_MAX || !text.includes('://')) return undefined;
  const url = URL.parse(text);
  if (!url || url.hostname === '') return undefined;
  const port = url.port === '' ? (PORTS[url.protocol] ?? '') : url.port;
  const path = url.pathname.replace(/\/+$/, '');
  return {
    key: `${url.protocol}//${url.hostname.toLowerCase()}:${port}${path}`,
    query: url.search === '' ? NO_QUERY : [...url.searchParams],
  };
}

/** Finds the camera of a process by its arguments: first by a stream's address, then by where it writes, then by patterns. */
export class CameraMatcher {
  readonly #addresses = new Map<string, { readonly cameraId: string; readonly query: Query }[]>();
  readonly #outputs: { readonly cameraId: string; readonly prefix: string }[] = [];
  readonly #patterns: { readonly cameraId: string; readonly pattern: string }[] = [];

  /** Throws RangeError for more or longer patterns than can be tried. */
  constructor(cameras: readonly FfmpegCamera[]) {
    for (const { cameraId, addresses = [], outputs = [], patterns = [] } of cameras) {
      for (const text of addresses) {
        const address = addressOf(text);
        if (!address) continue;
        const known = this.#addresses.get(address.key);
        const entry = { cameraId, query: address.query };
        if (known) known.push(entry);
        else this.#addresses.set(address.key, [entry]);
      }
      for (const prefix of outputs) if (prefix !== '') this.#outputs.push({ cameraId, prefix });
      for (const pattern of patterns) {
        if (pattern.length > PATTERN_MAX)
          throw new RangeError(`ffmpeg pattern of camera ${cameraId}: longer than ${PATTERN_MAX} characters`);
        this.#patterns.push({ cameraId, pattern });
      }
    }
    if (this.#patterns.length > PATTERNS_MAX) throw new RangeError(`more than ${PATTERNS_MAX} ffmpeg patterns`);
    // The longest first: /recordings/front-door/ is not /recordings/front.
    this.#outputs.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  cameraOf(argv: readonly string[]): string | undefined {
    const compared = argv.slice(1).filter((argument) => argument.length <= ARGUMENT_MAX);
    return (
      first(compared, (argument) => this.#byAddress(argument)) ??
      this.#outputs.find(({ prefix }) => compared.some((argument) => argument.startsWith(prefix)))?.cameraId ??
      this.#patterns.find(({ pattern }) => compared.some((argument) => matchesGlob(pattern, argument)))?.cameraId
    );
  }

  #byAddress(argument: string): string | undefined {
    const address = addressOf(argument);
    const candidates = address ? this.#addresses.get(address.key) : undefined;
    if (!address || !candidates) return undefined;
    // One recorder has all cameras at one path and tells them apart by the query.
    const asked = new Map(address.query.toReversed());
    const fits = candidates.filter(({ query }) => query.every(([key, value]) => asked.get(key) === value));
    return fits.sort((a, b) => b.query.length - a.query.length)[0]?.cameraId;
  }
}

function first<T, R>(items: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = of(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
