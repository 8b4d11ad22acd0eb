import type { AlertHistoryAnswer, AlertNoiseReport } from '@vedette/wire/http';
import { clientSignal } from '../../base/client-signal.ts';
import type { Clock } from '../../base/clock.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Database } from '../../clickhouse/index.ts';
import { noiseRequest } from './noise/request.ts';
import { noiseReport } from './noise/report.ts';
import { readHistory } from './reader.ts';
import { historyRequest } from './request.ts';

export interface HistoryApiDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly lost: () => number;
}

/** `/api/vedette/alerting/history` and `/api/vedette/alerting/noise`. */
export function historyApi({ database, clock, lost }: HistoryApiDeps): HttpPlugin {
  return async (scope) => {
    scope.get('/api/vedette/alerting/history', async (request, reply): Promise<AlertHistoryAnswer> => {
      const asked = historyRequest(request.query, clock.now());
      return { ...(await readHistory(database, asked, clientSignal(reply))), lost: lost() };
    });

    scope.get('/api/vedette/alerting/noise', async (request, reply): Promise<AlertNoiseReport> =>
      noiseReport(database, noiseRequest(request.query, clock.now()), clientSignal(reply)),
    );
  };
}
