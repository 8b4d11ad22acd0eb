import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { AlertLifeEvent, AlertLifeSink } from '../../model/ports.ts';
import { withExternalLabels } from '../external-labels.ts';
import type { AlertHistory, HistoryEvent } from './event.ts';

/** What rules tell, as events of the history. */
export function lifeSink(history: AlertHistory, externalLabels: () => Readonly<Record<string, string>>): AlertLifeSink {
  return {
    changed: async (events, at) => {
      const external = externalLabels();
      history.record(events.map((event) => historyEvent(event, withExternalLabels(event.labels, external), at)));
    },
  };
}

function historyEvent(event: AlertLifeEvent, labels: Labels, at: UnixMs): HistoryEvent {
  const { state, annotations, value, activeAtMs, firedAtMs, rule } = event;
  return {
    atMs: at,
    state,
    labels,
    annotations,
    value,
    startsAtMs: firedAtMs ?? activeAtMs,
    activeAtMs,
    firedAtMs,
    rule: { file: rule.file, group: rule.group },
  };
}
