import { BYTES, ProtobufReader, RemoteWriteError, VARINT } from '../remote-write/index.ts';

/** A body that is no prometheus.ReadRequest. */
export class RemoteReadError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RemoteReadError';
  }
}

export interface ReadMatcher {
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly name: string;
  readonly value: string;
}

export interface ReadQuery {
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly ReadMatcher[];
}

export type ReadResponseType = 'samples' | 'streamed-xor-chunks';

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** What the client takes, the best first; empty: samples. Types that are not known are left out. */
  readonly accepted: readonly ReadResponseType[];
  /** Something was accepted, if only what is not known. */
  readonly acceptsAny: boolean;
}

/** Of one request; Prometheus sends one for each selector of a query. */
export const READ_QUERIES_MAX = 100;
/** Of one query. */
export const READ_MATCHERS_MAX = 1_000;
const ACCEPTED_MAX = 100;

const OPERATORS = ['=', '!=', '=~', '!~'] as const;
const RESPONSE_TYPES: readonly ReadResponseType[] = ['samples', 'streamed-xor-chunks'];

const REQUEST_QUERY = (1 << 3) | BYTES;
const REQUEST_ACCEPTED = (2 << 3) | VARINT;
const REQUEST_ACCEPTED_PACKED = (2 << 3) | BYTES;
const QUERY_START = (1 << 3) | VARINT;
const QUERY_END = (2 << 3) | VARINT;
const QUERY_MATCHER = (3 << 3) | BYTES;
const MATCHER_TYPE = (1 << 3) | VARINT;
const MATCHER_NAME = (2 << 3) | BYTES;
const MATCHER_VALUE = (3 << 3) | BYTES;

/**
 * Decodes a prometheus.ReadRequest, already decompressed. Hints are read over: they never change which samples are asked for. Throws
 * RemoteReadError. Source: prompb/remote.proto of Prometheus.
 */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  try {
    return readRequest(new ProtobufReader(bytes), bytes.length);
  } catch (error) {
    if (error instanceof RemoteWriteError)
      throw new RemoteReadError(`the body is not a prometheus.ReadRequest: ${error.message}`, { cause: error });
    throw error;
  }
}

function readRequest(reader: ProtobufReader, end: number): ReadRequest {
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  const accept = (stop: number): void => {
    if (accepted.length >= ACCEPTED_MAX) throw new RemoteReadError(`more than ${ACCEPTED_MAX} response types`);
    accepted.push(reader.varint(stop));
  };
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === REQUEST_QUERY) {
      if (queries.length >= READ_QUERIES_MAX)
        throw new RemoteReadError(`more than ${READ_QUERIES_MAX} queries in one request; send several`);
      queries.push(readQuery(reader, reader.lengthDelimited(end)));
    } else if (tag === REQUEST_ACCEPTED) {
      accept(end);
    } else if (tag === REQUEST_ACCEPTED_PACKED) {
      const stop = reader.lengthDelimited(end);
      while (reader.at < stop) accept(stop);
    } else {
      reader.skip(tag & 7, end);
    }
  }
  return {
    queries,
    accepted: accepted.flatMap((type) => RESPONSE_TYPES[type] ?? []),
    acceptsAny: accepted.length > 0,
  };
}

function readQuery(reader: ProtobufReader, end: number): ReadQuery {
  let startMs = 0;
  let endMs = 0;
  const matchers: ReadMatcher[] = [];
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === QUERY_START) startMs = reader.int64(end);
    else if (tag === QUERY_END) endMs = reader.int64(end);
    else if (tag === QUERY_MATCHER) {
      if (matchers.length >= READ_MATCHERS_MAX) throw new RemoteReadError(`more than ${READ_MATCHERS_MAX} matchers`);
      matchers.push(readMatcher(reader, reader.lengthDelimited(end)));
    } else reader.skip(tag & 7, end);
  }
  return { startMs, endMs, matchers };
}

function readMatcher(reader: ProtobufReader, end: number): ReadMatcher {
  let type = 0;
  let name = '';
  let value = '';
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === MATCHER_TYPE) type = reader.varint(end);
    else if (tag === MATCHER_NAME) name = reader.string(end);
    else if (tag === MATCHER_VALUE) value = reader.string(end);
    else reader.skip(tag & 7, end);
  }
  const operator = OPERATORS[type];
  if (operator === undefined) throw new RemoteReadError(`the matcher type ${type} does not exist`);
  return { operator, name, value };
}
