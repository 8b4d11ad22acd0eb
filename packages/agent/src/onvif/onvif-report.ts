import type { ProbeFailure } from '../camera/probe-failure.ts';

/** What a device says about itself over ONVIF; every list and text is bounded, and every part may be missing. */
export interface OnvifReport {
  readonly cameraId: string;
  /** Wall time, milliseconds. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Why nothing came; absent when the device answered at all. */
  readonly failure?: ProbeFailure;
  /** Parts that could not be read, a sentence each, without secrets. */
  readonly problems: readonly string[];
  /** IP and port that answered. */
  readonly remoteAddress?: string;
  readonly bytesRead: number;
  readonly clock?: OnvifClock;
  readonly device?: OnvifDevice;
  readonly services: readonly OnvifService[];
  readonly profiles: readonly OnvifProfile[];
  readonly encoders: readonly VideoEncoderSettings[];
}

export interface OnvifClock {
  /** The camera's clock less ours, seconds; the round trip's half is taken off. Whole seconds are all that ONVIF tells. */
  readonly offsetSeconds: number;
  /** The true offset lies within ± this: half the round trip, and the second that the camera cuts off. */
  readonly uncertaintySeconds: number;
  readonly source: 'ntp' | 'manual' | 'unknown';
  /** POSIX time zone, as the camera writes it. */
  readonly timeZone?: string;
}

export interface OnvifDevice {
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmwareVersion?: string;
  readonly serialNumber?: string;
  readonly hardwareId?: string;
}

export interface OnvifService {
  readonly namespace: string;
  /** As the camera names it. */
  readonly url: string;
}

export interface OnvifProfile {
  readonly token: string;
  readonly name: string;
  /** Token of its video encoder configuration. */
  readonly encoderToken?: string;
  /** Without user and password, whatever the camera wrote. */
  readonly streamUrl?: string;
  readonly snapshotUrl?: string;
}

/** As configured in the device. */
export interface VideoEncoderSettings {
  readonly token: string;
  readonly name?: string;
  /** `h264`, `h265`, `mjpeg`, `mpeg4`, else the encoding in lower case. */
  readonly codec?: string;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  /** FrameRateLimit, frames a second. */
  readonly framesPerSecond?: number;
  /** BitrateLimit, bits a second. */
  readonly bitsPerSecond?: number;
  /** GovLength, frames between key frames. */
  readonly keyFrameIntervalFrames?: number;
}

/** The words are label values of `camera_onvif_event{event}`. */
export const ONVIF_EVENTS = [
  'tamper',
  'too_dark',
  'too_blurry',
  'too_bright',
  'hardware_failure',
  'storage_failure',
  'motion',
] as const;
export type OnvifEventName = (typeof ONVIF_EVENTS)[number];

export interface OnvifEvent {
  readonly event: OnvifEventName;
  /** The topic as the device writes it, at most 200 characters. */
  readonly topic: string;
  /** The state now; absent where the event has none (it happened). */
  readonly active?: boolean;
  /** Wall time of arrival here, milliseconds: the camera's own clock may be wrong. */
  readonly atMs: number;
  /** What the device says that it is about: a source token. */
  readonly about?: string;
}

export interface OnvifEventsOutcome {
  readonly failure?: ProbeFailure;
  /** Messages read, those that mean nothing to us included. */
  readonly messages: number;
  readonly events: number;
  readonly renewals: number;
  /** False: the device was not reached for it, and ends the subscription by itself within a minute. */
  readonly unsubscribed: boolean;
}

export interface DiscoveredDevice {
  /** Service addresses that it names, http and https only, at most 8. */
  readonly urls: readonly string[];
  /** Who answered. */
  readonly address: string;
  readonly endpoint?: string;
  /** From its scopes. */
  readonly name?: string;
  readonly hardware?: string;
  readonly location?: string;
}

export interface DiscoveryOutcome {
  readonly devices: readonly DiscoveredDevice[];
  /** Answers that were no ProbeMatches, too large, or refused by policy. */
  readonly ignored: number;
}
