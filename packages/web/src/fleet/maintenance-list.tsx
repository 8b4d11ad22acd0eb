import type { PlannedMaintenance } from '@vedette/wire/http';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { endMaintenance } from '../api/fleet.ts';
import { words } from '../api/words.ts';
import { formatTime } from '../time/range.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/states.tsx';

/** A window as lists show it; windows of files have no id and end there. */
export interface ShownWindow {
  readonly id?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  readonly count?: number | undefined;
  readonly state: PlannedMaintenance['state'];
}

export function stateOfWindow(from: string, to: string, nowMs: number): PlannedMaintenance['state'] {
  if (nowMs < Date.parse(from)) return 'pending';
  return nowMs < Date.parse(to) ? 'active' : 'ended';
}

const STATE_WORDS = { pending: 'planned', active: 'now', ended: 'over' } as const;

export function MaintenanceList({ windows }: { readonly windows: readonly ShownWindow[] }): ReactNode {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const end = async (id: string): Promise<void> => {
    try {
      await endMaintenance(id);
      setFailure(null);
      await Promise.all(
        ['fleet-maintenance', 'fleet-cameras', 'camera'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      );
    } catch (error) {
      setFailure(words(error).detail);
    }
  };
  return (
    <>
      {failure === null ? null : <ErrorBox title="Not ended" detail={failure} />}
      <ul className="flex flex-col">
        {windows.map((window) => (
          <li
            key={window.id ?? `${window.from} ${window.to}`}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/60 py-1.5 first:border-t-0"
          >
            <Badge tone={window.state === 'active' ? 'accent' : 'muted'} icon={null}>
              {STATE_WORDS[window.state]}
            </Badge>
            <span className="num whitespace-nowrap">
              {formatTime(Date.parse(window.from)).slice(0, 16)} to {formatTime(Date.parse(window.to)).slice(0, 16)}
            </span>
            {window.count === undefined ? null : (
              <span className="num text-ink2">
                {window.count} {window.count === 1 ? 'camera' : 'cameras'}
              </span>
            )}
            <span className="min-w-0 flex-1">{window.reason}</span>
            {window.by === undefined ? null : <span className="text-xs text-ink3">by {window.by}</span>}
            {window.id !== undefined && window.state !== 'ended' ? (
              <Button onClick={() => void end(window.id ?? '')}>
                {window.state === 'active' ? 'End now' : 'Drop'}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}
