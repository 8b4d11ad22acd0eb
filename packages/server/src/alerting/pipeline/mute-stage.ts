import type { Muter, Stage } from './stage.ts';

/** Takes out the alerts that any muter keeps quiet; they stay in their group and are looked at again at the next flush. */
export function muteStage(muters: readonly Muter[]): Stage {
  return {
    run: async (batch, at) => ({
      ...batch,
      alerts: batch.alerts.filter((alert) => !muters.some((muter) => muter.mutedBy(alert.labels, at))),
    }),
  };
}
