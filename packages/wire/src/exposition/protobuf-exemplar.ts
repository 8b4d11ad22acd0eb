import { BYTES, FIXED64, type ProtobufReader, RemoteWriteError, VARINT } from '../remote-write/protobuf-reader.ts';

export interface ProtobufExemplar {
  /** name, value, name, value, … */
  readonly labelPairs: readonly string[];
  readonly value: number;
  readonly timestampMs: number | undefined;
}

/** Labels of one metric or exemplar; real ones have a dozen. */
export const LABELS_MAX = 1_000;

export function readExemplar(reader: ProtobufReader, end: number): ProtobufExemplar {
  const labelPairs: string[] = [];
  let value = 0;
  let timestampMs: number | undefined;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | BYTES)) readLabelPair(reader, reader.lengthDelimited(end), labelPairs);
    else if (tag === ((2 << 3) | FIXED64)) value = reader.double(end);
    else if (tag === ((3 << 3) | BYTES)) timestampMs = readTimestamp(reader, reader.lengthDelimited(end));
    else reader.skip(tag & 7, end);
  }
  return { labelPairs, value, timestampMs };
}

/** Appends name and value of a LabelPair message. */
export function readLabelPair(reader: ProtobufReader, end: number, into: string[]): void {
  let name = '';
  let value = '';
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | BYTES)) name = reader.string(end);
    else if (tag === ((2 << 3) | BYTES)) value = reader.string(end);
    else reader.skip(tag & 7, end);
  }
  if (into.length >= 2 * LABELS_MAX)
    throw new RemoteWriteError(`a metric or exemplar has more than ${LABELS_MAX} labels`);
  into.push(name, value);
}

/** google.protobuf.Timestamp in milliseconds, the rest cut off. */
export function readTimestamp(reader: ProtobufReader, end: number): number {
  let seconds = 0;
  let nanos = 0;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | VARINT)) seconds = reader.int64(end);
    else if (tag === ((2 << 3) | VARINT)) nanos = reader.int64(end);
    else reader.skip(tag & 7, end);
  }
  const timestampMs = seconds * 1000 + Math.trunc(nanos / 1e6);
  if (!Number.isSafeInteger(timestampMs)) throw new RemoteWriteError(`a timestamp of ${seconds} s is out of range`);
  return timestampMs;
}
