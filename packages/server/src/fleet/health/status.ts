import type { CameraStatus, Trouble } from '@vedette/wire/http';
import { type Cause, LINK_FAMILY, STREAM_FAMILY } from '../topology/index.ts';
import type { FleetEntry } from './fleet-entry.ts';
import type { Verdict } from './judge.ts';
import { STATE_OF } from './trouble-kinds.ts';

/** Figures in a reason that stays the same kind are taken over this often. */
const REWORD_MS = 30_000;

/** The camera's status from what the look at it says and the cause that it shares with others. Returns the known one when nothing changed. */
export function statusOf(entry: FleetEntry, verdict: Verdict, cause: Cause | undefined, atMs: number): CameraStatus {
  const before = entry.status;
  const heardAtMs = entry.watched.evidence.heardAtMs;
  const troubles = withCause(verdict.troubles, cause);
  const [worst] = troubles;
  const state = worst ? STATE_OF[worst.kind] : verdict.state;
  const isSame = (by: 'kind' | 'reason'): boolean =>
    troubles.length === before.troubles.length && troubles.every((one, i) => one[by] === before.troubles[i]?.[by]);
  const sameTroubles = state === before.state && isSame('kind');
  const isWorded = sameTroubles && (isSame('reason') || atMs - entry.wordedAtMs < REWORD_MS);
  if (isWorded && verdict.suspicion === before.suspicion) {
    // What was heard last is no change that anybody is told of.
    (before as { heardAtMs: number }).heardAtMs = heardAtMs;
    return before;
  }
  const sinceMs = state === before.state ? before.sinceMs : (worst?.sinceMs ?? atMs);
  return {
    id: entry.id,
    state,
    sinceMs,
    troubles: isWorded ? before.troubles : troubles,
    ...(verdict.suspicion === undefined ? {} : { suspicion: verdict.suspicion }),
    heardAtMs,
  };
}

/** A cause of lost streams stands before what it explains. */
function withCause(troubles: readonly Trouble[], cause: Cause | undefined): readonly Trouble[] {
  if (!cause || (cause.family !== STREAM_FAMILY && cause.family !== LINK_FAMILY)) return troubles;
  const { card, kind, failure } = cause;
  // What fails in the same way at all of them is the trouble that they have already.
  if (failure !== undefined) return troubles;
  const explained: Trouble = {
    kind,
    reason: card.reason,
    advice: card.advice,
    sinceMs: card.sinceMs,
    evidence: [
      {
        series: `fleet_cause_cameras{level=${JSON.stringify(card.level)}, name=${JSON.stringify(card.name)}}`,
        value: card.affected,
        expected: `below ${card.total}`,
      },
    ],
  };
  return [explained, ...troubles];
}
