import type { Registry } from 'prom-client';
import type { Clock, UnixMs } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Labels } from '../model/labels.ts';
import type { StateStore } from '../model/ports.ts';
import type { AlertingSettings } from './config.ts';

/** One alert as it arrives; the same shape as a rule's alert, so that `app` can hand `sink` to the rules. */
export interface IncomingAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  /** When it ended, or when it counts as ended unless it arrives again. */
  readonly endsAtMs: number;
  readonly resolved: boolean;
  readonly generatorUrl: string;
}

export interface IncomingAlertSink {
  receive(alerts: readonly IncomingAlert[], at: UnixMs): Promise<void>;
}

/** Posts JSON; the seam to the network. Rejects on connection failures and when the signal aborts. */
export type PostJson = (request: PostRequest, signal: AbortSignal) => Promise<PostResponse>;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostResponse {
  readonly status: number;
  /** As the server wrote it, in seconds or as a date; undefined when absent. */
  readonly retryAfter: string | undefined;
  /** Beginning of the body, at most RESPONSE_BYTES_MAX. */
  readonly bodyStart: string;
}

export interface AlertingDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly random: Random;
  readonly state: StateStore;
  /** Default: HTTP over undici. */
  readonly post?: PostJson;
}

export interface AlertingRoom extends Component {
  /** Where rules deliver. Returns at once; notifications go out on their own schedule. */
  readonly sink: IncomingAlertSink;
  apply(settings: AlertingSettings): Promise<void>;
  /** Serves /api/vedette/alerting. */
  readonly plugin: HttpPlugin;
}
