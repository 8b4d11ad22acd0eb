import { type ReactNode, memo, useId } from 'react';
import { useUrlState } from '../time/url-state.ts';
import { Button } from '../ui/button.tsx';
import { SearchField, fieldClass } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Popover } from '../ui/popover.tsx';
import { kindWords } from './states.ts';
import { FACETS, type Facet, GROUPINGS, type WallFilter, isFiltered } from './wall-filter.ts';
import { useWall } from './wall-feed.ts';

const FACET_LABELS: Readonly<Record<Facet, string>> = {
  site: 'Site',
  recorder: 'Recorder',
  switch: 'Switch',
  model: 'Model',
  class: 'Class',
  kind: 'Trouble',
};

const collator = new Intl.Collator(undefined, { numeric: true });

/** Search, filters and grouping; all of it in the address. Made anew only when the filter changes, not with every second of the wall. */
export const FilterBar = memo(function FilterBar({
  filter,
  grouped,
}: {
  readonly filter: WallFilter;
  /** The view has groups to choose. */
  readonly grouped: boolean;
}): ReactNode {
  const { change } = useUrlState();
  const groupId = useId();
  const clear = (): void =>
    change({ q: null, state: null, cause: null, ...Object.fromEntries(FACETS.map((facet) => [facet, null])) });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchField
        label="Search cameras"
        value={filter.q}
        onChange={(event) => change({ q: event.target.value }, 'replace')}
        className="w-56"
      />
      <Popover trigger={<Button icon="menu">Filters</Button>} className="w-80 p-3">
        {() => <Facets filter={filter} />}
      </Popover>
      {grouped ? (
        <span className="inline-flex items-center gap-1.5">
          <label htmlFor={groupId} className="text-ink2">
            Group by
          </label>
          <select
            id={groupId}
            value={filter.grouping}
            onChange={(event) => change({ group: event.target.value === 'site' ? null : event.target.value || 'none' })}
            className={fieldClass}
          >
            {GROUPINGS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </span>
      ) : null}
      {FACETS.map((facet) => {
        const value = filter.facets[facet];
        return value === undefined ? null : (
          <button
            key={facet}
            type="button"
            onClick={() => change({ [facet]: null })}
            aria-label={`Remove the filter ${FACET_LABELS[facet]} ${value}`}
            className="inline-flex h-8 max-w-72 items-center gap-1.5 rounded-md border border-accent bg-accent-soft px-2"
          >
            <span className="text-ink2">{FACET_LABELS[facet]}</span>
            <span className="truncate font-medium">{wordOf(facet, value)}</span>
            <Icon name="close" size={12} />
          </button>
        );
      })}
      {isFiltered(filter) ? (
        <Button look="plain" onClick={clear}>
          Show all
        </Button>
      ) : null}
    </div>
  );
});

function wordOf(facet: Facet, value: string): string {
  if (value === '') return 'none';
  return facet === 'kind' ? kindWords(value) : value;
}

function Facets({ filter }: { readonly filter: WallFilter }): ReactNode {
  const { wall } = useWall();
  const { change } = useUrlState();
  const id = useId();
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-2">
      {FACETS.map((facet) => {
        const values = new Set(wall?.cameras.map((camera) => camera[facet]));
        const chosen = filter.facets[facet];
        if (chosen !== undefined) values.add(chosen);
        const named = [...values].filter((value) => value !== '').toSorted((a, b) => collator.compare(a, b));
        return (
          <div key={facet} className="contents">
            <label htmlFor={`${id}-${facet}`} className="text-ink2">
              {FACET_LABELS[facet]}
            </label>
            <select
              id={`${id}-${facet}`}
              value={chosen === undefined ? '*' : `=${chosen}`}
              onChange={(event) => change({ [facet]: event.target.value === '*' ? null : event.target.value.slice(1) })}
              className={fieldClass}
            >
              <option value="*">All</option>
              {named.map((value) => (
                <option key={value} value={`=${value}`}>
                  {wordOf(facet, value)}
                </option>
              ))}
            </select>
          </div>
        );
      })}
    </div>
  );
}
