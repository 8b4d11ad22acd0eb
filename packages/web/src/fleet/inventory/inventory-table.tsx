import type { Camera } from '@vedette/wire/http';
import { type ReactNode, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { matchesWords } from '../../format/search.ts';
import { routes } from '../../routes.ts';
import { useUrlState } from '../../time/url-state.ts';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SearchField } from '../../ui/field.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { MaintenanceForm } from '../maintenance-form.tsx';

const collator = new Intl.Collator(undefined, { numeric: true });
const byText = (text: (camera: Camera) => string | undefined) => (a: Camera, b: Camera) =>
  collator.compare(text(a) ?? '', text(b) ?? '');

function textColumn(key: string, header: string, text: (camera: Camera) => string | undefined): Column<Camera> {
  return { key, header, compare: byText(text), cell: (camera) => text(camera) ?? '' };
}

const textOf = (camera: Camera): string =>
  [
    camera.id,
    camera.name,
    camera.site,
    camera.recorder,
    camera.switch,
    camera.class,
    camera.model,
    camera.owner,
    camera.source,
    camera.streams?.main?.url,
    camera.known_as?.some(({ gone_since }) => gone_since !== undefined) ? 'gone' : '',
  ].join('\n');

function chosenColumn(chosen: ReadonlySet<string>, toggle: (id: string) => void): Column<Camera> {
  return {
    key: 'chosen',
    header: '✓',
    widthPx: 40,
    compare: (a, b) => Number(chosen.has(b.id)) - Number(chosen.has(a.id)),
    cell: (camera) => (
      <input
        type="checkbox"
        aria-label={`Choose ${camera.name ?? camera.id}`}
        checked={chosen.has(camera.id)}
        onChange={() => toggle(camera.id)}
        className="align-middle"
      />
    ),
  };
}

const COLUMNS: readonly Column<Camera>[] = [
  {
    key: 'id',
    header: 'Id',
    widthPx: 150,
    compare: byText(({ id }) => id),
    cell: (camera) => (
      <Link href={routes.inventory({ edit: camera.id })} className="text-accent hover:underline">
        {camera.id}
      </Link>
    ),
  },
  { ...textColumn('name', 'Name', ({ name }) => name), widthPx: 170 },
  textColumn('site', 'Site', ({ site }) => site),
  textColumn('recorder', 'Recorder', ({ recorder }) => recorder),
  textColumn('switch', 'Switch', (camera) =>
    [camera.switch, camera.port === undefined ? '' : `port ${camera.port}`].filter(Boolean).join(' '),
  ),
  textColumn('class', 'Class', (camera) => camera.class),
  textColumn('model', 'Model', ({ model }) => model),
  textColumn('owner', 'Owner', ({ owner }) => owner),
  textColumn('url', 'Main stream', ({ streams }) => streams?.main?.url),
  textColumn('source', 'From', sourceWords),
];

/** Every camera of the inventory; some of them can be chosen for maintenance. */
export function InventoryTable({ cameras }: { readonly cameras: readonly Camera[] }): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [planning, setPlanning] = useState(false);
  const shown = useMemo(() => cameras.filter((camera) => matchesWords(textOf(camera), q)), [cameras, q]);
  const columns = useMemo(
    () => [
      chosenColumn(chosen, (id) =>
        setChosen((before) => {
          const next = new Set(before);
          if (!next.delete(id)) next.add(id);
          return next;
        }),
      ),
      ...COLUMNS,
    ],
    [chosen],
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <SearchField
          label="Search the inventory"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-64"
        />
        <span className="num text-ink2">
          {shown.length === cameras.length
            ? `${cameras.length} cameras`
            : `${shown.length} of ${cameras.length} cameras`}
        </span>
        <Button onClick={() => setChosen(new Set(shown.map(({ id }) => id)))}>Choose all shown</Button>
        {chosen.size > 0 ? (
          <>
            <Button look="primary" onClick={() => setPlanning(true)}>
              Plan maintenance of {chosen.size}
            </Button>
            <Button look="plain" onClick={() => setChosen(new Set())}>
              Choose none
            </Button>
          </>
        ) : null}
      </div>
      {planning && chosen.size > 0 ? (
        <MaintenanceForm
          cameras={{ ids: [...chosen] }}
          what={chosen.size === 1 ? '1 camera' : `${chosen.size} cameras`}
          onDone={() => setPlanning(false)}
        />
      ) : null}
      {shown.length === 0 ? (
        <EmptyState icon="search" title="No camera matches this search" />
      ) : (
        <div
          className="rounded-md border border-line bg-surface"
          style={{ height: `min(60dvh, ${(shown.length + 2) * 26 + 16}px)` }}
        >
          <DataTable rows={shown} columns={columns} label="Inventory" />
        </div>
      )}
    </>
  );
}

function sourceWords(camera: Camera): string {
  const gone = camera.known_as?.find(({ gone_since }) => gone_since !== undefined);
  return gone ? `${camera.source}, gone from ${gone.import}` : camera.source;
}
