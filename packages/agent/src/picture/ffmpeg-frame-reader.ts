import { spawn } from 'node:child_process';
import { isIP } from 'node:net';
import { ProbeFault, oneLine, probeFailure } from '../http-probe/probe-fault.ts';
import { type StreamProbeDeps, withLookup } from '../http-probe/stream-probe-deps.ts';
import { socketFailure } from '../network/socket-error.ts';
import { LOW_RATE_HEIGHT_MAX, LOW_RATE_WIDTH, lowRatePicture } from './low-rate-picture.ts';
import type { PictureAnswer, PictureReader, PictureTarget } from './picture-reader.ts';
import { Turns } from './turns.ts';

/** A picture of the size that it is asked for, and its header. */
const OUTPUT_BYTES_MAX = LOW_RATE_WIDTH * LOW_RATE_HEIGHT_MAX * 3 * 4;
const STDERR_BYTES_MAX = 8_192;
const WAITING_MAX = 256;
/** Protocols that a stream may lead to; files are not among them. */
const PROTOCOLS = 'pipe,tcp,udp,rtp,srtp,rtsp,rtsps,http,https,tls,crypto,hls';
const SCHEMES = new Set(['rtsp:', 'rtsps:', 'http:', 'https:']);

export interface FfmpegFrameOptions {
  /** The program, found by PATH where it has no slash. */
  readonly command: string;
  /** Programs that run at once. */
  readonly concurrency: number;
}

/**
 * The first frame of any stream, decoded by ffmpeg: costs a process and about a second of stream. The address goes to it through a pipe,
 * so that user and password stand neither in its arguments nor in its environment. Plain rtsp and http go to the very address that the
 * policy allowed; rtsps and https keep the name, which their certificates need, so that there the name is asked twice.
 */
export function createFfmpegFrameReader(given: StreamProbeDeps, options: FfmpegFrameOptions): PictureReader {
  const deps = withLookup(given);
  const turns = new Turns(options.concurrency, WAITING_MAX);
  const running = new Set<() => void>();
  return {
    async read(target, signal): Promise<PictureAnswer> {
      using turn = await turns.take(signal);
      const atMs = deps.clock.now();
      const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
      try {
        if (turn === undefined) throw new ProbeFault('timeout', 'Too many frames wait to be decoded.', 'connect');
        if (url === undefined || !SCHEMES.has(url.protocol)) {
          throw new ProbeFault('protocol', 'The address of the stream is no rtsp:// or http:// URL.', 'resolve');
        }
        const input = inputFor(await policedUrl(deps, url, target));
        const output = await runFfmpeg(
          deps,
          options.command,
          input,
          target.timeoutMs,
          signal,
          running,
          secretsOf(target),
        );
        const picture = fromPixmap(output);
        return { atMs: deps.clock.now(), picture };
      } catch (error) {
        signal.throwIfAborted();
        return { atMs, failure: probeFailure(error, 'first_keyframe', url?.host ?? '') };
      }
    },
    async close() {
      for (const stop of running) stop();
    },
  };
}

async function policedUrl(deps: Required<StreamProbeDeps>, url: URL, target: PictureTarget): Promise<URL> {
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  const found = await namedAddresses(deps, bare);
  const allowed = found.find((ip) => deps.policy.allows(ip));
  if (allowed === undefined)
    throw new ProbeFault('policy', `${bare} is outside the networks that probes may reach.`, 'connect');
  const asked = new URL(url);
  if (url.protocol === 'rtsp:' || url.protocol === 'http:')
    asked.hostname = isIP(allowed) === 6 ? `[${allowed}]` : allowed;
  asked.username = target.credentials?.username ?? '';
  asked.password = target.credentials?.password ?? '';
  return asked;
}

async function namedAddresses(deps: Required<StreamProbeDeps>, name: string): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  try {
    return await deps.lookup(name);
  } catch (error) {
    const { reason, message } = socketFailure(error);
    throw new ProbeFault(reason, message, 'resolve');
  }
}

/** A playlist of one entry for ffmpeg's concat demuxer. */
function inputFor(url: URL): string {
  const address = url.href.replaceAll("'", '%27');
  const transport = url.protocol.startsWith('rtsp') ? 'option rtsp_transport tcp\n' : '';
  return `ffconcat version 1.0\nfile '${address}'\n${transport}`;
}

function runFfmpeg(
  deps: Required<StreamProbeDeps>,
  command: string,
  input: string,
  timeoutMs: number,
  signal: AbortSignal,
  running: Set<() => void>,
  secrets: readonly string[],
): Promise<Buffer> {
  const scale = `scale=w='min(${LOW_RATE_WIDTH},iw)':h=-2`;
  const args = ['-v', 'error', '-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS, '-i', 'pipe:0'];
  args.push('-an', '-frames:v', '1', '-vf', scale, '-pix_fmt', 'rgb24', '-c:v', 'ppm', '-f', 'image2pipe', 'pipe:1');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let size = 0;
    let words = '';
    let failure: Error | undefined;
    const stop = (error: Error): void => {
      failure ??= error;
      child.kill('SIGKILL');
    };
    const onClose = (): void => stop(new ProbeFault('timeout', 'The reader was closed.'));
    const onAbort = (): void => stop(new ProbeFault('timeout', 'It was called off.'));
    const deadline = deps.clock.after(timeoutMs, () =>
      stop(new ProbeFault('timeout', `No frame came in ${timeoutMs} ms.`)),
    );
    running.add(onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_BYTES_MAX) stop(new ProbeFault('protocol', 'The frame is larger than it was asked to be.'));
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-STDERR_BYTES_MAX);
    });
    // A program that ends without reading its input is told by its end.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => {
      failure ??= new ProbeFault(
        'server_error',
        `ffmpeg cannot be started: ${(error as NodeJS.ErrnoException).code ?? error.message}`,
      );
    });
    child.once('close', (code) => {
      deadline[Symbol.dispose]();
      running.delete(onClose);
      signal.removeEventListener('abort', onAbort);
      if (failure !== undefined) reject(failure);
      else if (code !== 0 || size === 0) reject(ffmpegFault(withoutSecrets(words, secrets)));
      else resolve(Buffer.concat(chunks));
    });
    child.stdin.end(input);
  });
}

const secretsOf = (target: PictureTarget): readonly string[] => {
  const { username = '', password = '' } = target.credentials ?? {};
  return [password, encodeURIComponent(password), username, encodeURIComponent(username)].filter((each) => each !== '');
};

/** ffmpeg repeats the address in its errors. */
function withoutSecrets(words: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), words).replaceAll(/\/\/[^@/\s']*@/g, '//');
}

function ffmpegFault(words: string): ProbeFault {
  const last = oneLine(words.trim().split('\n').at(-1) ?? '', 200);
  if (/401|403|Unauthorized|Forbidden/.test(words))
    return new ProbeFault('credentials', `The stream refused the credentials (${last}).`);
  if (/404|Not Found/.test(words)) return new ProbeFault('path', `There is no such stream (${last}).`);
  if (words.includes('Connection refused'))
    return new ProbeFault('refused', 'Nobody listens there: the connection was refused.', 'connect');
  return new ProbeFault('no_video', `ffmpeg found no frame${last === '' ? '' : ` (${last})`}.`);
}

/** PPM, binary: `P6`, width, height, 255, pixels. */
function fromPixmap(bytes: Buffer): ReturnType<typeof lowRatePicture> {
  const header = /^P6\s([0-9]{1,5})\s([0-9]{1,5})\s255\s/.exec(bytes.subarray(0, 32).toString('latin1'));
  const width = Number(header?.[1]);
  const height = Number(header?.[2]);
  const start = header?.[0].length ?? 0;
  if (header === null || bytes.length < start + width * height * 3) {
    throw new ProbeFault('protocol', 'ffmpeg gave no whole picture.');
  }
  return lowRatePicture(width, height, bytes.subarray(start), 3);
}
