import type { RecordedFrame } from '../http-probe/frame-recorder.ts';

/** What a segment holds, as far as its bytes were read. */
export interface SegmentContents {
  readonly container: 'ts' | 'fmp4' | 'packed_audio' | 'encrypted';
  readonly codec?: string;
  readonly profile?: string;
  readonly level?: string;
  /** Of the VUI. */
  readonly declaredFps?: number;
  readonly width?: number;
  readonly height?: number;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  /** Hex; absent where the segment shows none. */
  readonly parameterSets?: string;
  /** Of the video, in the order of decoding; `atMs` is 0: a segment arrives in one go. */
  readonly frames: readonly RecordedFrame[];
  /** Transport stream packets whose counter did not continue. */
  readonly discontinuities: number;
}

/** Frames of one segment that are looked at. */
export const SEGMENT_FRAMES_MAX = 4_096;
