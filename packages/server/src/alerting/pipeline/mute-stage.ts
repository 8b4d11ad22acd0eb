import type { MuteMemory } from '../history/mute-memory.ts';
import type { Muter, Stage } from './stage.ts';

/**
 * Takes out the alerts that any muter keeps quiet; they stay in their group and are looked at again at the next flush. The memory tells
 * the history what changed.
 */
export function muteStage(muters: readonly Muter[], memory?: MuteMemory): Stage {
  return {
    run: async (batch, at) => {
      const verdicts = batch.alerts.map((alert) => {
        for (const muter of muters) {
          const reason = muter.mutedBy(alert.labels, at);
          if (reason) return { alert, reason };
        }
        return { alert, reason: undefined };
      });
      memory?.note(batch.groupKey, verdicts, at);
      return { ...batch, alerts: verdicts.filter(({ reason }) => !reason).map(({ alert }) => alert) };
    },
  };
}
