import type { StreamMeasure, StreamPassport } from '../camera/probe.ts';
import type { VideoEncoderSettings } from './onvif-report.ts';

/** Delivered below this part of what is configured is worth a sentence; cameras that wait for light deliver a little less. */
const RATE_LOW = 0.9;
const RATE_HIGH = 1.1;
/** Limits of bits are means over some seconds. */
const BITS_HIGH = 1.25;
const KEY_INTERVAL_TOLERANCE = 0.25;
/** Windows with fewer frames say little about rates. */
const FRAMES_MIN = 10;

/** What a probe says of the stream of that encoder. */
export interface MeasuredStream {
  readonly stream?: StreamPassport | undefined;
  readonly measured?: StreamMeasure | undefined;
}

/** Where what the camera is set to and what it delivers differ: a sentence each, the most telling first; empty when they agree. */
export function compareEncoder(configured: VideoEncoderSettings, measured: MeasuredStream): readonly string[] {
  const { stream } = measured;
  const sentences: string[] = [];
  if (configured.codec !== undefined && stream !== undefined && stream.codec !== configured.codec) {
    sentences.push(`It is set to ${codecName(configured.codec)}, and delivers ${codecName(stream.codec)}.`);
  }
  if (configured.width !== undefined && stream?.width !== undefined && stream.height !== undefined) {
    // Encoders round up to whole blocks: 1080 is sent as 1088 by some that do not crop.
    const same = near(stream.width, configured.width) && near(stream.height, configured.height ?? 0);
    const turned = near(stream.width, configured.height ?? 0) && near(stream.height, configured.width);
    if (!same && !turned) {
      sentences.push(
        `It is set to ${configured.width} × ${configured.height}, and delivers ${stream.width} × ${stream.height}.`,
      );
    }
  }
  return measured.measured === undefined ? sentences : [...sentences, ...rates(configured, measured.measured)];
}

function rates(configured: VideoEncoderSettings, measured: StreamMeasure): string[] {
  const sentences: string[] = [];
  const { framesPerSecond, stampedFps, bitsPerSecond, keyFrameIntervalSeconds } = measured;
  const limit = configured.framesPerSecond;
  const enough = measured.frames >= FRAMES_MIN;
  if (enough && limit !== undefined && framesPerSecond !== undefined) {
    if (framesPerSecond < limit * RATE_LOW) {
      sentences.push(`It is set to ${number(limit)} frames a second, and delivers ${number(framesPerSecond)}.`);
    } else if (framesPerSecond > limit * RATE_HIGH) {
      sentences.push(`Its limit is ${number(limit)} frames a second, and it delivers ${number(framesPerSecond)}.`);
    }
  }
  if (enough && stampedFps !== undefined && framesPerSecond !== undefined && framesPerSecond < stampedFps * RATE_LOW) {
    sentences.push(
      `Its timestamps say ${number(stampedFps)} frames a second, and ${number(framesPerSecond)} arrive: recordings will have gaps.`,
    );
  }
  if (
    configured.bitsPerSecond !== undefined &&
    bitsPerSecond !== undefined &&
    bitsPerSecond > configured.bitsPerSecond * BITS_HIGH
  ) {
    sentences.push(`Its limit is ${megabits(configured.bitsPerSecond)}, and it sends ${megabits(bitsPerSecond)}.`);
  }
  const rate = limit ?? framesPerSecond;
  if (
    configured.codec !== 'mjpeg' &&
    configured.keyFrameIntervalFrames !== undefined &&
    keyFrameIntervalSeconds !== undefined &&
    rate
  ) {
    const expected = configured.keyFrameIntervalFrames / rate;
    if (Math.abs(keyFrameIntervalSeconds - expected) > expected * KEY_INTERVAL_TOLERANCE) {
      sentences.push(
        `It is set to a key frame every ${number(expected)} seconds (${configured.keyFrameIntervalFrames} frames), and sends one every ${number(keyFrameIntervalSeconds)}.`,
      );
    }
  }
  return sentences;
}

const near = (delivered: number, configured: number): boolean => delivered >= configured && delivered < configured + 16;

const number = (value: number): string => String(Number(value.toFixed(1)));

const megabits = (bitsPerSecond: number): string => `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;

const codecName = (codec: string): string =>
  ({ h264: 'H.264', h265: 'H.265', mjpeg: 'MJPEG', mpeg4: 'MPEG-4' })[codec] ?? codec.toUpperCase();
