import type { HttpAnswer, HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import { isFragmentedMp4, readFragmentedMp4 } from './fragmented-mp4.ts';
import type { ByteRange } from './playlist.ts';
import type { SegmentContents } from './segment-contents.ts';
import { isTransportStream, readTransportStream } from './transport-stream.ts';

/** Of one segment, whatever the budget: a minute of 32 Mbit/s. */
export const SEGMENT_BYTES_MAX = 32 * 1_024 * 1_024;
/** What cheap mode reads: program tables and the first picture of nearly every camera. */
export const HEAD_OF_SEGMENT_BYTES = 128 * 1_024;
const INIT_BYTES_MAX = 1_024 * 1_024;

export interface FetchedBytes {
  readonly bytes: Buffer;
  /** False where reading ended before the resource did. */
  readonly whole: boolean;
}

/** At most `bytesMax` of a resource, or of a range of it; the rest is left with the server. */
export async function fetchBytes(
  run: HttpRun,
  url: URL,
  range: ByteRange | undefined,
  bytesMax: number,
  onFirstByte: () => void,
): Promise<FetchedBytes> {
  const from = range?.offset ?? 0;
  const wanted = range === undefined ? bytesMax : Math.min(range.length, bytesMax);
  const partial = range !== undefined || bytesMax < SEGMENT_BYTES_MAX;
  const answer = await run.request(url, partial ? { headers: { range: `bytes=${from}-${from + wanted - 1}` } } : {});
  run.expectSuccess(answer, 'segment');
  if (range !== undefined && from > 0 && answer.status !== 206) {
    answer.body.destroy();
    throw new ProbeFault('protocol', `${url.host} ignores byte ranges, and the playlist uses them.`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (size === 0) onFirstByte();
    run.count(chunk.length);
    chunks.push(chunk);
    size += chunk.length;
    if (size >= wanted) {
      cut = size > wanted;
      break;
    }
  }
  answer.body.destroy();
  const bytes = Buffer.concat(chunks).subarray(0, wanted);
  return {
    bytes,
    whole: !cut && (range !== undefined ? size >= range.length : size < wanted || wholeLength(answer) === size),
  };
}

/** Bytes of the whole resource, where the answer says. */
function wholeLength(answer: HttpAnswer): number | undefined {
  const range = /\/([0-9]{1,15})$/.exec(String(answer.headers['content-range'] ?? ''));
  const length = range?.[1] ?? String(answer.headers['content-length'] ?? '');
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined;
}

/** The initialisation section of fMP4. */
export async function fetchInit(run: HttpRun, url: URL, range: ByteRange | undefined): Promise<Buffer> {
  return (await fetchBytes(run, url, range, INIT_BYTES_MAX, () => undefined)).bytes;
}

/** What the bytes are. Throws a ProbeFault where they are no video. */
export function readSegment(init: Uint8Array, bytes: Uint8Array, encrypted: boolean): SegmentContents {
  if (bytes.length === 0) throw new ProbeFault('no_packets', 'The newest segment is empty.');
  if (encrypted) {
    return { container: 'encrypted', hasAudio: false, hasVideo: true, frames: [], discontinuities: 0 };
  }
  if (isTransportStream(bytes)) return withVideo(readTransportStream(bytes), bytes.length >= HEAD_OF_SEGMENT_BYTES);
  if (isFragmentedMp4(bytes)) {
    const contents = readFragmentedMp4(init, bytes);
    if (!contents.hasVideo && init.length === 0) {
      throw new ProbeFault('protocol', 'The segments are fMP4, and the playlist names no EXT-X-MAP to read them with.');
    }
    return withVideo(contents, true);
  }
  const begin = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (begin.startsWith('ID3') || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf0) === 0xf0)) {
    throw new ProbeFault('no_video', 'The segments hold sound alone.');
  }
  if (begin.startsWith('WEBVTT')) throw new ProbeFault('no_video', 'The segments hold subtitles.');
  throw new ProbeFault('protocol', 'The newest segment is neither an MPEG transport stream nor fragmented MP4.');
}

/** A transport stream tells its programs at once: where the head of a segment names none, there is no video in it. */
function withVideo(contents: SegmentContents, complete: boolean): SegmentContents {
  if (contents.hasVideo || !complete) return contents;
  throw new ProbeFault(
    'no_video',
    contents.hasAudio ? 'The segments hold sound alone.' : 'The segments hold no video.',
  );
}
