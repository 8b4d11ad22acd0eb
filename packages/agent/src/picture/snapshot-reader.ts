import { webUrl } from '../http-probe/http-probe.ts';
import { HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault, oneLine, probeFailure } from '../http-probe/probe-fault.ts';
import { type StreamProbeDeps, withLookup } from '../http-probe/stream-probe-deps.ts';
import { jpegHeader } from '../mjpeg/jpeg-header.ts';
import { JpegDecoder, type JpegDecoderOptions } from './jpeg-decoder.ts';
import type { LowRatePicture } from './low-rate-picture.ts';
import type { PictureAnswer, PictureReader, PictureTarget } from './picture-reader.ts';
import { Turns } from './turns.ts';

/** Of one snapshot: 4K of the best quality has some 4 MiB. */
const SNAPSHOT_BYTES_MAX = 8 * 1_024 * 1_024;
const SNAPSHOT_PIXELS_MAX = 16_000_000;
/** Snapshots that are fetched at once, and that wait for it. */
const FETCHES_MAX = 4;
const WAITING_MAX = 256;

/** Fetches JPEG snapshots over HTTP and decodes them, one at a time, in a thread. */
export function createSnapshotReader(given: StreamProbeDeps, options: JpegDecoderOptions = {}): PictureReader {
  const deps = withLookup(given);
  const fetches = new Turns(FETCHES_MAX, WAITING_MAX);
  const decodes = new Turns(1, WAITING_MAX);
  const decoder = new JpegDecoder(deps.clock, options);

  const fetched = async (run: HttpRun, url: URL): Promise<Buffer> => {
    run.phase = 'play';
    const answer = await run.request(url, { headers: { accept: 'image/jpeg' } });
    run.expectSuccess(answer, 'snapshot');
    const type = String(answer.headers['content-type'] ?? '').toLowerCase();
    if (type.startsWith('multipart/')) {
      answer.body.destroy();
      throw new ProbeFault('no_video', 'The address gives an MJPEG stream, not single pictures.');
    }
    const jpeg = await run.bytes(answer, SNAPSHOT_BYTES_MAX, 'snapshot');
    const header = jpegHeader(jpeg);
    if (header === undefined)
      throw new ProbeFault('no_video', `The snapshot is no JPEG (${oneLine(type, 60) || 'no type'}).`);
    if (header.width * header.height > SNAPSHOT_PIXELS_MAX) {
      throw new ProbeFault(
        'protocol',
        `The snapshot has ${header.width} × ${header.height} pixels, more than can be decoded.`,
      );
    }
    return jpeg;
  };

  const decoded = async (jpeg: Buffer, timeoutMs: number, signal: AbortSignal): Promise<LowRatePicture> => {
    using turn = await decodes.take(signal);
    if (turn === undefined) throw new ProbeFault('timeout', 'Too many pictures wait to be decoded.', 'first_keyframe');
    try {
      return await decoder.decode(jpeg, Math.max(1, timeoutMs));
    } catch (error) {
      throw new ProbeFault('no_video', error instanceof Error ? error.message : String(error), 'first_keyframe');
    }
  };

  return {
    async read(target: PictureTarget, signal: AbortSignal): Promise<PictureAnswer> {
      const url = webUrl(target.url);
      using turn = await fetches.take(signal);
      const atMs = deps.clock.now();
      if (url === undefined || turn === undefined) {
        const fault =
          url === undefined
            ? new ProbeFault('protocol', 'The address of the snapshot is no http:// or https:// URL.', 'resolve')
            : new ProbeFault('timeout', 'Too many snapshots wait to be fetched.', 'connect');
        return { atMs, failure: probeFailure(fault, 'connect', '') };
      }
      const run = new HttpRun(deps, { ...target, url }, signal);
      try {
        const jpeg = await fetched(run, url);
        const arrivedMs = deps.clock.now();
        return { atMs: arrivedMs, picture: await decoded(jpeg, target.timeoutMs - run.elapsedMs, run.signal) };
      } catch (error) {
        signal.throwIfAborted();
        return { atMs, failure: probeFailure(error, run.phase, url.host) };
      } finally {
        await run.close();
      }
    },
    close: () => decoder.close(),
  };
}
