import { parseExposition, parseSeriesText } from '@vedette/wire/exposition';
import { SourceFault } from '../../source/source-fault.ts';
import { kindOf, newestName } from './names.ts';

/** Samples of one page: a hundred for each of a thousand sessions. */
const SAMPLES_MAX = 200_000;

export interface MediamtxSample {
  /** In its newest spelling. */
  readonly name: string;
  readonly kind: 'path' | 'connection';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * MediaMTX's metrics page, in which counters have no type and no `_total`. A figure that stands there under its old and its new name
 * comes once, under the new one. Throws SourceFault when it is no metrics page.
 */
export function readMediamtxPage(body: Uint8Array, what: string): readonly MediamtxSample[] {
  const samples = new Map<string, MediamtxSample>();
  try {
    parseExposition(body, 'text', {
      expectedSeries: '',
      expectedComment: '',
      comment: () => undefined,
      sample: (page, start, end, value) => {
        const series = page.slice(start, end);
        const brace = series.indexOf('{');
        const told = brace < 0 ? series : series.slice(0, brace);
        const kind = kindOf(told);
        // Without labels: the zeros that stand for "there are none".
        if (kind === undefined || brace < 0) return;
        const name = newestName(told);
        const key = name + series.slice(brace);
        if (samples.has(key) && name !== told) return;
        if (samples.size >= SAMPLES_MAX)
          throw new SourceFault('too_large', `${what}: more than ${SAMPLES_MAX} samples`);
        samples.set(key, { name, kind, labels: labelsOf(series), value });
      },
    });
  } catch (error) {
    if (error instanceof SourceFault) throw error;
    throw new SourceFault('protocol', `${what}: ${error instanceof Error ? error.message : 'not a metrics page'}`);
  }
  return [...samples.values()];
}

function labelsOf(series: string): Readonly<Record<string, string>> {
  const pairs = parseSeriesText(series);
  const labels: Record<string, string> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (name !== '__name__' && name !== '__proto__') labels[name] = pairs[i + 1] as string;
  }
  return labels;
}

/** What the page tells of a path when the API does not answer. */
export interface MediamtxPathSamples {
  readonly ready: boolean;
  readonly inboundBytes: number | undefined;
}

export function pathsOfPage(samples: readonly MediamtxSample[]): ReadonlyMap<string, MediamtxPathSamples> {
  const paths = new Map<string, { ready: boolean; inboundBytes: number | undefined }>();
  const bytes = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const path = labels['name'];
    if (path === undefined) continue;
    if (name === 'paths' && value === 1)
      paths.set(path, { ready: labels['state'] === 'ready', inboundBytes: undefined });
    else if (name === 'paths_inbound_bytes') bytes.set(path, value);
  }
  for (const [path, known] of paths) known.inboundBytes = bytes.get(path);
  return paths;
}

/** RTP of one session that publishes to a path. */
export interface PublisherPackets {
  readonly path: string;
  readonly session: string;
  readonly received: number;
  readonly lost: number;
}

const RECEIVED = /^rtsps?_sessions_inbound_rtp_packets$/;
const LOST = /^rtsps?_sessions_inbound_rtp_packets_lost$/;

export function publishersOfPage(samples: readonly MediamtxSample[]): readonly PublisherPackets[] {
  const sessions = new Map<string, { path: string; session: string; received: number; lost: number }>();
  for (const { name, labels, value } of samples) {
    const received = RECEIVED.test(name);
    if (!received && !LOST.test(name)) continue;
    const { id, path, state } = labels;
    if (id === undefined || path === undefined || path === '' || state !== 'publish') continue;
    const session = sessions.get(id) ?? { path, session: id, received: 0, lost: 0 };
    sessions.set(id, session);
    if (received) session.received = value;
    else session.lost = value;
  }
  return [...sessions.values()];
}
