import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type Database, migrate, monthRetention } from '../../clickhouse/index.ts';
import type { AlertLifeSink } from '../../model/ports.ts';
import { historyApi } from './api.ts';
import type { AlertHistory } from './event.ts';
import { lifeSink } from './life.ts';
import { HistoryRecorder } from './recorder.ts';
import { HISTORY_MIGRATIONS, HISTORY_TABLE } from './schema.ts';

export interface AlertHistoryDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly registry: Registry;
}

export interface AlertHistoryOptions {
  readonly retentionMs: () => number;
  readonly externalLabels: () => Readonly<Record<string, string>>;
  /** Which of several Vedettes this is; empty when it is the only one. */
  readonly replica?: string;
}

/** Start it after the database and before alerting and rules, stop it after them. */
export interface AlertHistoryRoom extends Component {
  /** For the parts of alerting. */
  readonly history: AlertHistory;
  /** For the rules. */
  readonly life: AlertLifeSink;
  /** Serves /api/vedette/alerting/history and /noise. */
  readonly plugin: HttpPlugin;
  /** Resolves when everything recorded so far is stored. */
  flush(): Promise<void>;
  /** Drops what is older than retention now; else done every hour. */
  dropOld(): Promise<void>;
}

/** Keeps what happens to alerts, and answers what happened. */
export function openAlertHistory(deps: AlertHistoryDeps, options: AlertHistoryOptions): AlertHistoryRoom {
  const recorder = new HistoryRecorder(deps, options.replica ?? '');
  const retention = monthRetention(deps, {
    table: HISTORY_TABLE,
    rows: 'the history of alerts',
    setting: 'alerting.history.retention',
    retentionMs: options.retentionMs,
  });
  return {
    name: 'alert history',
    history: recorder,
    life: lifeSink(recorder, options.externalLabels),
    plugin: historyApi({ ...deps, lost: () => recorder.lost }),
    flush: () => recorder.flush(),
    dropOld: () => retention.run(),
    start: async () => {
      await migrate(deps.database, deps.clock, HISTORY_MIGRATIONS);
      await recorder.start();
      await retention.start();
    },
    stop: async (signal) => {
      await retention.stop(signal);
      await recorder.stop(signal);
    },
  };
}
