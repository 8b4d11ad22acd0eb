import type { Registry } from 'prom-client';
import type { Clock, UnixMs } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import type { ProxyEnvironment } from '../base/http-client/index.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Discovery, DiscoveryConfig } from '../metrics/receive/index.ts';
import type { Labels } from '../model/labels.ts';
import type { StateStore } from '../model/ports.ts';
import type { AlertmanagerView } from './api/v2/alertmanager-view.ts';
import type { AlertingSettings } from './config/section.ts';
import type { Turns } from './ha/turns.ts';
import type { AlertHistory } from './history/event.ts';
import type { OpenHttp, ReceiverKind } from './notify/receiver-kind.ts';
import type { SilenceLimits } from './silences/silence-limits.ts';

/** One alert as it arrives; the same shape as a rule's alert, so that `app` can hand `sink` to the rules. */
export interface IncomingAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  /** When it ended, or when it counts as ended unless it arrives again. */
  readonly endsAtMs: number;
  readonly resolved: boolean;
  /** Newest value of the rule's expression; undefined when nobody told. */
  readonly value?: number | undefined;
  /** Firing by what was remembered from before a restart; nobody has seen it since. */
  readonly isUnconfirmed?: boolean;
  readonly generatorUrl: string;
}

export interface IncomingAlertSink {
  receive(alerts: readonly IncomingAlert[], at: UnixMs): Promise<void>;
}

export interface AlertingDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly random: Random;
  readonly state: StateStore;
  /** Hears what becomes of alerts; default: nobody. */
  readonly history?: AlertHistory;
  /** Several Vedettes tell each alert once; asked at the start. Default: this one is alone. */
  readonly turns?: () => Turns;
  /** Default: an HttpClient. */
  readonly openHttp?: OpenHttp;
  /** Sources of external Alertmanagers. Default: only those that are written down. */
  readonly discover?: (config: DiscoveryConfig) => readonly Discovery[];
  /** Why rules are not evaluated; for the heartbeat. Default: there are no rules in this process, and none are missed. */
  readonly rulesStalled?: () => string | undefined;
  /** For `proxy_from_environment` of receivers. Default: there is none. */
  readonly proxyEnvironment?: ProxyEnvironment;
  /** Of Vedette, for clients of API v2 and for receivers. */
  readonly version?: string;
  /** Default: SILENCE_LIMITS. */
  readonly silenceLimits?: SilenceLimits;
  /** Default: all of the registry. */
  readonly receiverKinds?: readonly ReceiverKind[];
}

/** Routes and receivers that were checked but do not run yet. End with commit or discard. */
export interface PreparedAlerting {
  /** Swaps to these; groups that stay the same keep their schedule. */
  commit(): Promise<void>;
  /** Gives back what was opened. */
  discard(): Promise<void>;
}

export interface AlertingRoom extends Component {
  /** Where rules deliver. Returns at once; notifications go out on their own schedule. */
  readonly sink: IncomingAlertSink;
  /** Checks everything and opens the receivers, changes nothing. Throws CONFIG_INVALID, CONFIG_UNREADABLE. */
  prepare(settings: AlertingSettings): Promise<PreparedAlerting>;
  /** prepare, then commit. */
  apply(settings: AlertingSettings): Promise<void>;
  /** Serves /api/vedette/alerting with the tests of receivers below it, and Alertmanager's API under /api/v2. */
  readonly plugin: HttpPlugin;
  /** Where alerts are posted besides, for Prometheus's API. */
  readonly alertmanagerUrls: readonly string[];
  /** What the APIs see. */
  readonly alertmanager: AlertmanagerView;
}
