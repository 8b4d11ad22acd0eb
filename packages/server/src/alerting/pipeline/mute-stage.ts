import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { MuteMemory, MuteVerdict } from '../history/mute-memory.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { Muter, Stage } from './stage.ts';

/**
 * Takes out the alerts that any muter keeps quiet; they stay in their group and are looked at again at the next flush. The memory tells
 * the history what changed.
 */
export function muteStage(muters: readonly Muter[], memory?: MuteMemory): Stage {
  return {
    run: async (batch, at) => {
      const verdicts: MuteVerdict[] = [];
      for (const alert of batch.alerts) verdicts.push({ alert, reason: firstReason(muters, alert.labels, at) });
      memory?.note(batch.groupKey, verdicts, at);
      if (verdicts.every(({ reason }) => reason === undefined)) return batch;
      return { ...batch, alerts: verdicts.filter(({ reason }) => !reason).map(({ alert }) => alert) };
    },
  };
}

function firstReason(muters: readonly Muter[], labels: Labels, at: UnixMs): MuteReason | undefined {
  for (const muter of muters) {
    const reason = muter.mutedBy(labels, at);
    if (reason) return reason;
  }
  return undefined;
}
