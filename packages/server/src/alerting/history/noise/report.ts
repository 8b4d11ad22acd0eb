import type { AlertNoiseReport } from '@vedette/wire/http';
import type { Database } from '../../../clickhouse/index.ts';
import { rfc3339 } from '../../fingerprint.ts';
import { timeOfDay } from './night-sql.ts';
import { proposals } from './proposals.ts';
import { receiverNoise } from './receiver-noise.ts';
import type { NoiseRequest } from './request.ts';
import { acknowledgementCount, ruleNoise } from './rule-noise.ts';
import { firedTogether } from './together.ts';

const DAY_MS = 86_400_000;

/** Reads the whole time once for each part. Throws DATABASE_TIMEOUT, DATABASE_UNAVAILABLE. */
export async function noiseReport(
  database: Database,
  request: NoiseRequest,
  signal: AbortSignal,
): Promise<AlertNoiseReport> {
  const [rules, receivers, together, acknowledgements] = await Promise.all([
    ruleNoise(database, request, signal),
    receiverNoise(database, request, signal),
    firedTogether(database, request, signal),
    acknowledgementCount(database, request, signal),
  ]);
  const { startMs, endMs, night } = request;
  const days = Math.round((endMs - startMs) / DAY_MS);
  return {
    from: rfc3339(startMs),
    to: rfc3339(endMs),
    night: { from: timeOfDay(night.fromMinute), to: timeOfDay(night.toMinute), timeZone: night.timeZone },
    rules: rules.map(({ rule }) => rule),
    receivers,
    together,
    proposals: proposals({ rules, together, acknowledgements, days }),
  };
}
