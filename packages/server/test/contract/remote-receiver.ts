import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type DecodedMetadata,
  type DecodedSamples,
  RequestV2Decoder,
  WriteRequestDecoder,
  decodeLabelPairs,
} from '@vedette/wire/remote-write';
import { decompressSnappy } from '@vedette/wire/snappy';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  /** `labels @time = value`, with what else there is, in the order of the message. */
  readonly rows: readonly string[];
  readonly metadata: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A remote-write receiver whose answers the test decides. */
export interface RemoteReceiver {
  readonly url: string;
  /** Every request, whatever it was answered. */
  readonly requests: Received[];
  /** Rows of requests that were answered well, in order. */
  readonly stored: string[];
  /** Undefined: no answer until the connection ends. */
  answer: (request: Received, attempt: number) => Answer | undefined;
  close(): Promise<void>;
}

export async function startRemoteReceiver(port = 0): Promise<RemoteReceiver> {
  const requests: Received[] = [];
  const stored: string[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const v2 = request.headers['content-type']?.includes('v2.Request') === true;
      const received = { headers: request.headers, ...decoded(decompressSnappy(Buffer.concat(chunks), 1e9), v2) };
      requests.push(received);
      const answer = receiver.answer(received, requests.length);
      if (answer === undefined) return;
      if (answer.status < 300) stored.push(...received.rows);
      const count = (kind: RegExp): string => String(received.rows.filter((row) => kind.test(row)).length);
      const written = v2
        ? {
            'x-prometheus-remote-write-samples-written': count(/ = /),
            'x-prometheus-remote-write-histograms-written': count(/ histogram /),
            'x-prometheus-remote-write-exemplars-written': count(/ exemplar /),
          }
        : {};
      response.writeHead(answer.status, { ...written, ...answer.headers });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const receiver: RemoteReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`,
    requests,
    stored,
    answer: () => ({ status: 204 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function decoded(bytes: Uint8Array, v2: boolean): Pick<Received, 'rows' | 'metadata'> {
  const series: string[] = [];
  const metadata: string[] = [];
  const named = (pairs: readonly string[]): number => {
    const labels: string[] = [];
    for (let i = 0; i < pairs.length; i += 2) labels.push(`${pairs[i]}=${pairs[i + 1]}`);
    return series.push(`{${labels.join(',')}}`) - 1;
  };
  const decoder = v2
    ? new RequestV2Decoder(bytes, (symbols) => (refs, count, type, helpRef, unitRef) => {
        const pairs = Array.from(refs.subarray(0, count), (ref) => symbols.text(ref));
        metadata.push(`${pairs.join(' ')}: ${type} ${symbols.text(helpRef)} ${symbols.text(unitRef)}`);
        return named(pairs);
      })
    : new WriteRequestDecoder(bytes, (from, start, end) => named(decodeLabelPairs(from, start, end)));
  const rows: string[] = [];
  while (!decoder.done) rows.push(...rowsOf(decoder.next(1e9), series));
  if (decoder instanceof WriteRequestDecoder)
    metadata.push(
      ...decoder.metadata.map(({ name, type, help, unit }: DecodedMetadata) => `${name}: ${type} ${help} ${unit}`),
    );
  return { rows, metadata };
}

function rowsOf(slice: DecodedSamples, series: readonly string[]): string[] {
  const bits = new BigUint64Array(slice.value.buffer, slice.value.byteOffset, slice.length);
  const rows: string[] = [];
  for (let i = 0; i < slice.length; i++) {
    const value = Number.isNaN(slice.value[i]) ? (bits[i] as bigint).toString(16) : String(slice.value[i]);
    const start = slice.startTimestampMs?.[i] ?? 0;
    rows.push(
      `${series[slice.seriesIndex[i] as number]} @${slice.timestampMs[i]} = ${value}${start === 0 ? '' : ` since ${start}`}`,
    );
  }
  for (const [i, histogram] of slice.histograms?.value.entries() ?? [])
    rows.push(
      `${series[slice.histograms?.seriesIndex[i] as number]} @${slice.histograms?.timestampMs[i]} histogram ${histogram.count}`,
    );
  for (const { seriesIndex, labelPairs, timestampMs, value } of slice.exemplars ?? [])
    rows.push(`${series[seriesIndex]} @${timestampMs} exemplar ${value} ${labelPairs.join(' ')}`);
  return rows;
}
