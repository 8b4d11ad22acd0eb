import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  BitWriter,
  CHUNK_FLOAT_HISTOGRAM,
  CHUNK_SAMPLES,
  CHUNK_XOR,
  type ReadChunk,
  type ReadQuery,
  type ReadRequest,
  ReadResponseWriter,
  RemoteReadError,
  chunkedFrame,
  decodeReadRequest,
  encodeFloatHistogramChunk,
  encodeXorChunk,
  sameLayout,
} from '@vedette/wire/remote-read';
import { SnappyError, compressSnappy, decompressSnappy } from '@vedette/wire/snappy';
import { deadline } from '../../base/deadline.ts';
import { VedetteError } from '../../base/errors.ts';
import { type Labels, compareCodeUnits } from '../../model/labels.ts';
import type { SeriesSet } from '../../model/ports.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { sendChunks } from '../../base/answer-stream.ts';
import { clientSignal } from '../../base/client-signal.ts';
import { withExternal, withoutExternal } from './external-labels.ts';
import type { RouteDeps } from './metrics-api.ts';
import { sendPlainError } from './plain-error.ts';
import { QueryGate } from './query-gate.ts';
import { Turns } from './turns.ts';

/** A request holds matchers; the longest pattern taken is 8 KiB. */
const BODY_BYTES_MAX = 1024 * 1024;
const DECODED_BYTES_MAX = 4 * 1024 * 1024;
/** Answers made at once; Prometheus' storage.remote.read-concurrent-limit is 10. */
const CONCURRENCY_MAX = 5;
const LONG_MAX = 5;
const WAITING_MAX = 50;
/** Of an answer in samples, which stands in memory as a whole; a streamed one has no such bound. */
export const READ_ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of one frame, about, as in Prometheus. */
const FRAME_BYTES = 1024 * 1024;
/** Frames are handed to the socket in pieces of about this size. */
const PIECE_BYTES = 64 * 1024;
const COMPRESS_BYTES = 1024 * 1024;

/** Remote-read: /api/v1/read, in samples or in streamed chunks. */
export function registerReadRoutes(scope: FastifyInstance, deps: RouteDeps): void {
  const { clock } = deps;
  const gate = new QueryGate(clock, { quickMax: CONCURRENCY_MAX, longMax: LONG_MAX, waitingMax: WAITING_MAX });
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) => {
      done(null, body);
    });
    inner.setErrorHandler(async (error, _request, reply) => sendPlainError(reply, error, deps.logger));
    inner.post('/api/v1/read', async (request, reply) => {
      const read = decode(request);
      const signal = clientSignal(reply);
      return gate.run(async () => {
        using limit = deadline(clock, deps.limits.timeoutMs, signal);
        return answer(deps, read, request, reply, limit.signal);
      }, signal);
    });
  });
}

function decode(request: FastifyRequest): ReadRequest {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    return decodeReadRequest(decompressSnappy(body, DECODED_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof SnappyError) && !(error instanceof RemoteReadError)) throw error;
    throw new VedetteError('INGEST_INVALID', error.message, { cause: error });
  }
}

async function answer(
  deps: RouteDeps,
  read: ReadRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const type = read.accepted[0] ?? (read.acceptsAny ? undefined : 'samples');
  if (type === undefined)
    throw new VedetteError(
      'QUERY_BAD_PARAMETER',
      'none of the accepted response types is served; accept SAMPLES or STREAMED_XOR_CHUNKS',
    );
  const external = Object.entries(deps.externalLabels?.() ?? {});
  if (type === 'samples') {
    const body = await samplesAnswer(deps, read.queries, external, signal);
    return reply.type('application/x-protobuf').header('content-encoding', 'snappy').send(Buffer.from(body));
  }
  const results: Result[] = [];
  for (const query of read.queries) results.push(await select(deps, query, external, signal));
  void reply.type('application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse');
  return sendChunks(request, reply, deps.clock, pieces(results));
}

interface Result {
  readonly set: SeriesSet;
  /** Series of the set, in the order of their labels. */
  readonly order: readonly number[];
  readonly labels: readonly Labels[];
}

type External = readonly (readonly [string, string])[];

async function select(deps: RouteDeps, query: ReadQuery, external: External, signal: AbortSignal): Promise<Result> {
  const matchers = withoutExternal(query.matchers, new Map(external));
  const { startMs, endMs } = query;
  const set = await deps.store.select({ matchers, startMs, endMs, samplesMax: deps.limits.samplesMax }, signal);
  const labels = set.labels.map((own) => withExternal(own, external));
  const order = labels.map((_, i) => i).sort((a, b) => comparePairs(labels[a] as Labels, labels[b] as Labels));
  return { set, order, labels };
}

function comparePairs(a: Labels, b: Labels): number {
  const shorter = Math.min(a.pairs.length, b.pairs.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareCodeUnits(a.pairs[i] as string, b.pairs[i] as string);
    if (order !== 0) return order;
  }
  return a.pairs.length - b.pairs.length;
}

async function samplesAnswer(
  deps: RouteDeps,
  queries: readonly ReadQuery[],
  external: External,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const turns = new Turns(deps.clock, signal);
  const writer = new ReadResponseWriter();
  const buffer = new SampleBuffer();
  for (const query of queries) {
    const { set, order, labels } = await select(deps, query, external, signal);
    writer.beginQuery();
    for (const index of order) {
      set.read(index, buffer);
      if (buffer.length > 0) writer.addSeries((labels[index] as Labels).pairs, split(buffer));
      if (writer.length > READ_ANSWER_BYTES_MAX)
        throw new VedetteError(
          'QUERY_TOO_LARGE',
          `the answer to {${query.matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`).join(', ')}} is larger than ${READ_ANSWER_BYTES_MAX} bytes; accept STREAMED_XOR_CHUNKS, or read fewer series or a shorter range`,
          { details: { bytesMax: READ_ANSWER_BYTES_MAX } },
        );
      if (turns.due) await turns.next();
    }
  }
  return compress(writer.bytes(), turns);
}

/** Floats and native histograms of a series apart. */
function split(buffer: SampleBuffer): Parameters<ReadResponseWriter['addSeries']>[1] {
  const { histogram } = buffer;
  if (!histogram) return buffer;
  const timestampMs = new Float64Array(buffer.length);
  const value = new Float64Array(buffer.length);
  const words = new Uint32Array(buffer.value.buffer, buffer.value.byteOffset);
  const floatWords = new Uint32Array(value.buffer);
  const histograms = { timestampMs: [] as number[], value: [] as NonNullable<(typeof histogram)[number]>[] };
  let length = 0;
  for (let i = 0; i < buffer.length; i++) {
    const one = histogram[i];
    if (one) {
      histograms.timestampMs.push(buffer.timestampMs[i] as number);
      histograms.value.push(one);
      continue;
    }
    timestampMs[length] = buffer.timestampMs[i] as number;
    floatWords[2 * length] = words[2 * i] as number;
    floatWords[2 * length + 1] = words[2 * i + 1] as number;
    length++;
  }
  return { length, timestampMs, value, histograms };
}

/** One Snappy block made of parts, with a turn of the event loop between them: references never leave their part. */
async function compress(bytes: Uint8Array, turns: Turns): Promise<Uint8Array> {
  const parts: Uint8Array[] = [lengthOf(bytes.length)];
  for (let at = 0; at < bytes.length; at += COMPRESS_BYTES) {
    const part = bytes.subarray(at, at + COMPRESS_BYTES);
    parts.push(compressSnappy(part).subarray(lengthOf(part.length).length));
    if (turns.due) await turns.next();
  }
  return Buffer.concat(parts);
}

function lengthOf(bytes: number): Uint8Array {
  const writer = new BitWriter();
  writer.uvarint(bytes);
  return writer.bytes();
}

/** The frames of all results, one after the other, in pieces. */
function* pieces(results: readonly Result[]): Generator<Uint8Array, undefined> {
  const buffer = new SampleBuffer();
  const bits = new BitWriter();
  let piece: Uint8Array[] = [];
  let bytes = 0;
  for (const [queryIndex, { set, order, labels }] of results.entries()) {
    for (const index of order) {
      set.read(index, buffer);
      for (const chunks of frames(buffer, bits)) {
        const frame = chunkedFrame(queryIndex, (labels[index] as Labels).pairs, chunks);
        piece.push(frame);
        bytes += frame.length;
        if (bytes < PIECE_BYTES) continue;
        yield Buffer.concat(piece);
        piece = [];
        bytes = 0;
      }
    }
  }
  if (piece.length > 0) yield Buffer.concat(piece);
  return undefined;
}

/** A series' chunks, in groups that fit a frame. */
function* frames(buffer: SampleBuffer, bits: BitWriter): Generator<readonly ReadChunk[]> {
  let frame: ReadChunk[] = [];
  let bytes = 0;
  for (let start = 0; start < buffer.length;) {
    const end = chunkEnd(buffer, start);
    const chunk = encodeChunk(buffer, start, end, bits);
    frame.push(chunk);
    bytes += chunk.bytes.length;
    if (bytes >= FRAME_BYTES) {
      yield frame;
      frame = [];
      bytes = 0;
    }
    start = end;
  }
  if (frame.length > 0) yield frame;
}

/** Where the chunk that begins at `start` ends: it is full, or the next sample is of another kind. */
function chunkEnd(buffer: SampleBuffer, start: number): number {
  const first = buffer.histogram?.[start];
  const most = Math.min(start + CHUNK_SAMPLES, buffer.length);
  if (!buffer.histogram) return most;
  let end = start + 1;
  for (; end < most; end++) {
    const next = buffer.histogram[end];
    if (first ? !next || !sameLayout(first, next) : next) break;
  }
  return end;
}

function encodeChunk(buffer: SampleBuffer, start: number, end: number, bits: BitWriter): ReadChunk {
  const minMs = buffer.timestampMs[start] as number;
  const maxMs = buffer.timestampMs[end - 1] as number;
  const histograms = buffer.histogram?.slice(start, end).filter((one) => one !== undefined) ?? [];
  if (histograms.length === 0)
    return {
      minMs,
      maxMs,
      encoding: CHUNK_XOR,
      bytes: encodeXorChunk(buffer.timestampMs, buffer.value, start, end, bits),
    };
  const times = [...buffer.timestampMs.subarray(start, end)];
  return { minMs, maxMs, encoding: CHUNK_FLOAT_HISTOGRAM, bytes: encodeFloatHistogramChunk(times, histograms, bits) };
}
