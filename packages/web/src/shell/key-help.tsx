import type { ReactNode } from 'react';
import { Dialog } from '../ui/dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'Go to a page or dashboard'],
  ['g c', 'Cameras'],
  ['g d', 'Dashboards'],
  ['g e', 'Explore'],
  ['g a', 'Alerts'],
  ['g s', 'Status'],
  ['r', 'Refresh now'],
  ['?', 'This help'],
  ['Esc', 'Close a dialog, leave a full-size panel'],
  ['Enter', 'Run the query (Explore)'],
  ['Alt Enter', 'Start another line in the query (Explore)'],
  ['Drag on a chart', 'Zoom into that range'],
  ['Arrow keys', 'On the wall of cameras: from camera to camera; Enter opens one'],
  ['Click a legend entry', 'Show only that series; Ctrl click hides or shows one'],
];

export function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog open onClose={onClose} title="Keys">
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 p-4">
        {KEYS.map(([key, what]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-raised px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
            </dt>
            <dd className="text-ink2">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
