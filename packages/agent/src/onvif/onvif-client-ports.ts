import type { Credentials } from '../camera/credentials.ts';
import type { DiscoveryOutcome, OnvifEvent, OnvifEventsOutcome, OnvifReport } from './onvif-report.ts';

export interface OnvifTarget {
  readonly cameraId: string;
  /** Of the device service; without a path it is `/onvif/device_service`. */
  readonly url: string;
  readonly credentials?: Credentials;
  readonly insecureTls?: boolean;
  /** All requests together. */
  readonly timeoutMs: number;
}

export interface OnvifEventsOptions {
  /** How long to listen; the subscription is renewed as long as it takes and ended after it. */
  readonly durationMs: number;
  readonly onEvent: (event: OnvifEvent) => void;
}

export interface DiscoveryOptions {
  /** How long to listen for answers. */
  readonly timeoutMs: number;
  /** Where to ask; default: the multicast group 239.255.255.250, port 3702. */
  readonly address?: string;
  readonly port?: number;
  /** The local address whose network is asked; default: the system's choice. */
  readonly interfaceAddress?: string;
}

/** Resolves always with what was learned; rejects only when `signal` aborts. */
export interface OnvifClient {
  inspect(target: OnvifTarget, signal: AbortSignal): Promise<OnvifReport>;
  watchEvents(target: OnvifTarget, options: OnvifEventsOptions, signal: AbortSignal): Promise<OnvifEventsOutcome>;
  discover(options: DiscoveryOptions, signal: AbortSignal): Promise<DiscoveryOutcome>;
}
