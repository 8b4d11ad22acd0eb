import type { Collector } from '@vedette/agent';
import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { SampleSink } from '../../model/ports.ts';
import type { ReceiveConfig } from './config.ts';
import type { RemoteWriteConfig } from './remote-write/config.ts';

export interface MetricsReceiveDeps {
  readonly sink: SampleSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** A collector of this process, scraped like any target but without HTTP; its address is `collector:<name>`. */
export interface CollectorTarget {
  readonly collector: Collector;
  readonly job: string;
  readonly intervalMs: number;
  /** The interval when absent, at most 10 s. */
  readonly timeoutMs?: number;
  /** Target labels beside job; `instance` is `collector:<name>` unless given. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MetricsReceiveOptions {
  readonly config: ReceiveConfig;
  /** Sent in User-Agent. */
  readonly version: string;
  readonly collectors?: readonly CollectorTarget[];
  readonly remoteWrite: RemoteWriteConfig;
  /** Replaces localhost in the targets page's `globalUrl`. */
  readonly externalHost?: string;
}

export interface MetricsReceive extends Component {
  /** `/api/v1/write`, `/api/v1/targets`, `/api/v1/scrape_pools`, `/api/v1/targets/metadata`. */
  readonly plugins: readonly HttpPlugin[];
  /** Changes to a new configuration: equal pools keep running, removed targets get stale markers. */
  apply(config: ReceiveConfig): Promise<void>;
}
