import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { dashboardListQuery } from '../api/queries.ts';
import { routes } from '../routes.ts';
import { matchesWords } from '../format/search.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';

interface Place {
  readonly label: string;
  readonly hint: string;
  readonly icon: IconName;
  readonly href: string;
}

const PAGES: readonly Place[] = [
  { label: 'Wall of cameras', hint: 'g c', icon: 'camera', href: routes.fleet() },
  { label: 'List of cameras', hint: 'Cameras', icon: 'camera', href: routes.fleet('list') },
  { label: 'Site plan', hint: 'Cameras', icon: 'camera', href: routes.fleet('plan') },
  { label: 'Camera inventory', hint: 'Cameras', icon: 'camera', href: routes.inventory() },
  { label: 'Dashboards', hint: 'g d', icon: 'dashboards', href: routes.dashboards() },
  { label: 'Explore metrics', hint: 'g e', icon: 'explore', href: routes.explore() },
  { label: 'Active alerts', hint: 'g a', icon: 'alerts', href: routes.alerts() },
  { label: 'Rules', hint: 'Alerts', icon: 'alerts', href: routes.alerts('rules') },
  { label: 'Silences', hint: 'Alerts', icon: 'alerts', href: routes.silences() },
  { label: 'New silence', hint: 'Alerts', icon: 'alerts', href: routes.silences({ fresh: ' ' }) },
  { label: 'Routing tree and label test', hint: 'Alerts', icon: 'alerts', href: routes.routing() },
  { label: 'Alert history', hint: 'Alerts', icon: 'alerts', href: routes.alertHistory() },
  { label: 'Noise report', hint: 'Alerts', icon: 'alerts', href: routes.alerts('noise') },
  { label: 'Notification receivers', hint: 'Alerts', icon: 'alerts', href: routes.alerts('receivers') },
  { label: 'Targets', hint: 'g s', icon: 'status', href: routes.status() },
  { label: 'Storage', hint: 'Status', icon: 'status', href: routes.status('storage') },
  { label: 'Ingestion', hint: 'Status', icon: 'status', href: routes.status('ingestion') },
  { label: 'Cardinality', hint: 'Status', icon: 'status', href: routes.status('cardinality') },
  { label: 'Build and configuration', hint: 'Status', icon: 'status', href: routes.status('build') },
];

/** More rows than this are found by typing another letter. */
const ROWS_MAX = 50;

export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog open onClose={onClose} title="Go to">
      <PaletteList onClose={onClose} />
    </Dialog>
  );
}

/** The dialog itself would put the focus on its first button. */
const focusOnMount = (node: HTMLElement | null): void => node?.focus();

function PaletteList({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [search, setSearch] = useState('');
  const [index, setIndex] = useState(0);
  const [, navigate] = useLocation();
  const listId = useId();
  const list = useQuery(dashboardListQuery());
  const places = [
    ...PAGES,
    ...(list.data?.dashboards ?? []).map((summary): Place => ({
      label: summary.title,
      hint: summary.folder || 'Dashboard',
      icon: 'dashboards',
      href: routes.dashboard(summary.uid),
    })),
  ];
  const rows = places.filter((place) => matchesWords(`${place.label} ${place.hint}`, search)).slice(0, ROWS_MAX);
  const selected = Math.min(index, rows.length - 1);
  const go = (place: Place | undefined): void => {
    if (!place) return;
    onClose();
    navigate(place.href);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setIndex(Math.min(selected + 1, rows.length - 1));
    else if (event.key === 'ArrowUp') setIndex(Math.max(selected - 1, 0));
    else if (event.key === 'Enter') go(rows[selected]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="p-2">
      <input
        role="combobox"
        aria-label="Page or dashboard"
        ref={focusOnMount}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={rows.length > 0 ? `${listId}-${selected}` : undefined}
        placeholder="Page or dashboard"
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setIndex(0);
        }}
        onKeyDown={onKey}
        className="mb-2 h-9 w-full rounded-md border border-line bg-bg px-3"
      />
      <ul role="listbox" id={listId} aria-label="Places" className="max-h-[50vh] overflow-y-auto">
        {rows.map((place, at) => (
          <li
            key={place.href}
            id={`${listId}-${at}`}
            role="option"
            aria-selected={at === selected}
            ref={at === selected ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined}
            onClick={() => go(place)}
            onKeyDown={onKey}
            className="flex h-9 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-raised aria-selected:bg-accent-soft"
          >
            <Icon name={place.icon} />
            <span className="flex-1 truncate">{place.label}</span>
            <span className="text-xs text-ink3">{place.hint}</span>
          </li>
        ))}
        {rows.length === 0 ? <li className="p-3 text-center text-ink3">Nothing matches “{search}”</li> : null}
      </ul>
    </div>
  );
}
