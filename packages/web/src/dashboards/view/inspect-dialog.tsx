import { useQuery } from '@tanstack/react-query';
import type { PanelModel } from '@vedette/wire/http';
import { type ReactNode, useMemo, useState } from 'react';
import { dashboardSource } from '../../api/vedette.ts';
import { words } from '../../api/words.ts';
import { formatNumber } from '../../format/number.ts';
import { formatTime } from '../../time/range.ts';
import { Badge } from '../../ui/badge.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState, ErrorBox, Loading } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import type { Cell, Frame } from '../data/frame.ts';
import { type PanelData, describeRequest } from '../data/panel-query.ts';
import { compareCells } from '../data/transform.ts';

export interface InspectDialogProps {
  readonly dashboardUid: string;
  readonly panel: PanelModel;
  readonly title: string;
  readonly data: PanelData | undefined;
  readonly onClose: () => void;
  readonly returnTo: () => HTMLElement | null | undefined;
}

/** What a panel asked, what came back as numbers, its definition, and what of it is not drawn. */
export function InspectDialog({ dashboardUid, panel, title, data, onClose, returnTo }: InspectDialogProps): ReactNode {
  const [tab, setTab] = useState(data && data.reports.length > 0 ? 'queries' : 'json');
  return (
    <Dialog open onClose={onClose} title={`Inspect: ${title || `panel ${panel.id}`}`} wide returnTo={returnTo}>
      <div className="flex h-[70vh] flex-col">
        <Tabs
          label="Inspector"
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'queries', label: 'Queries', content: <Queries data={data} /> },
            { id: 'data', label: 'Data', content: <Data data={data} /> },
            { id: 'json', label: 'JSON', content: <Definition uid={dashboardUid} panel={panel} /> },
            { id: 'problems', label: `Problems (${panel.problems.length})`, content: <Problems panel={panel} /> },
          ]}
        />
      </div>
    </Dialog>
  );
}

function Queries({ data }: { readonly data: PanelData | undefined }): ReactNode {
  if (!data || data.reports.length === 0)
    return <EmptyState title="Nothing was asked">This panel has no query, or it has not been in view yet.</EmptyState>;
  return (
    <ul className="flex flex-col gap-3 overflow-auto p-4">
      {data.reports.map((report) => (
        <li key={report.refId} className="flex flex-col gap-1 rounded-md border border-line p-3">
          <p className="flex flex-wrap items-center gap-2">
            <Badge>{report.refId}</Badge>
            <span className="num text-ink2">
              {report.seriesCount} series · {formatNumber(report.tookMs)} ms
            </span>
            {report.error ? <Badge tone="bad">{report.error.title}</Badge> : null}
            <span className="ml-auto">
              <CopyButton text={report.expr} label="Copy query" />
            </span>
          </p>
          <pre className="overflow-x-auto rounded bg-raised p-2 font-mono text-xs whitespace-pre-wrap">
            {report.expr}
          </pre>
          <p className="num text-xs text-ink3">{describeRequest(report, data.range)}</p>
          {report.error ? <p className="text-bad">{report.error.detail}</p> : null}
          {report.warnings.map((warning) => (
            <p key={warning} className="text-xs text-warn">
              {warning}
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

type Row = readonly Cell[];

/** More rows than a person reads; the query itself can be copied. */
const ROWS_MAX = 20_000;

function Data({ data }: { readonly data: PanelData | undefined }): ReactNode {
  const { rows, columns } = useMemo(() => flatten(data?.frames ?? []), [data]);
  if (rows.length === 0)
    return <EmptyState title="No rows">The queries of this panel answered nothing for the range.</EmptyState>;
  return (
    <div className="h-full p-3">
      <DataTable rows={rows} columns={columns} label="Data of this panel" />
    </div>
  );
}

function flatten(frames: readonly Frame[]): { rows: readonly Row[]; columns: readonly Column<Row>[] } {
  const first = frames[0];
  const shared = first && frames.every((frame) => frame.fields[0]?.values === first.fields[0]?.values);
  const fields = shared ? [...first.fields, ...frames.slice(1).flatMap((frame) => frame.fields.slice(1))] : null;
  if (fields) {
    const count = Math.min(ROWS_MAX, fields[0]?.values.length ?? 0);
    const rows = Array.from({ length: count }, (_, row) => fields.map((field) => field.values[row] ?? null));
    return { rows, columns: columnsFor(fields.map(({ name, type }) => ({ name, type }))) };
  }
  const rows = frames.flatMap((frame) => {
    const value = frame.fields.at(-1);
    const time = frame.fields.find((field) => field.type === 'time');
    return (value?.values ?? []).map((entry, row) => [time?.values[row] ?? null, value?.name ?? '', entry]);
  });
  const names = [
    { name: 'Time', type: 'time' },
    { name: 'Series', type: 'string' },
    { name: 'Value', type: 'number' },
  ] as const;
  return { rows: rows.slice(0, ROWS_MAX), columns: columnsFor(names) };
}

function columnsFor(
  fields: readonly { readonly name: string; readonly type: 'time' | 'number' | 'string' }[],
): Column<Row>[] {
  return fields.map(({ name, type }, index) => ({
    key: String(index),
    header: name,
    numeric: type === 'number',
    widthPx: type === 'time' ? 170 : null,
    compare: (a, b) => compareCells(a[index] ?? null, b[index] ?? null),
    cell: (row) => {
      const value = row[index] ?? null;
      if (value === null) return '';
      if (typeof value === 'string') return value;
      return type === 'time' ? formatTime(value) : formatNumber(value);
    },
  }));
}

function Definition({ uid, panel }: { readonly uid: string; readonly panel: PanelModel }): ReactNode {
  const source = useQuery({
    queryKey: ['dashboard-source', uid],
    queryFn: ({ signal }) => dashboardSource(uid, signal),
  });
  if (source.isPending) return <Loading />;
  if (source.error) return <ErrorBox {...words(source.error)} onRetry={() => void source.refetch()} />;
  const found = findPanel(source.data, panel);
  const text = typeof found === 'string' ? found : JSON.stringify(found ?? panel, null, 2);
  return (
    <div className="flex h-full flex-col gap-1 p-3">
      <p className="flex items-center text-xs text-ink3">
        {found ? 'As written in the dashboard file' : 'As read by Vedette; the file has no JSON for this panel alone'}
        <span className="ml-auto">
          <CopyButton text={text} />
        </span>
      </p>
      <pre className="min-h-0 flex-1 overflow-auto rounded-md bg-raised p-3 font-mono text-xs">{text}</pre>
    </div>
  );
}

/** The panel's object in the file: by id, else by title. */
function findPanel(node: unknown, panel: PanelModel): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  if (Array.isArray(node)) {
    for (const entry of node) {
      const found = findPanel(entry, panel);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const record = node as Record<string, unknown>;
  const looksLikePanel =
    typeof record['type'] === 'string' && ('targets' in record || 'gridPos' in record || 'title' in record);
  if (
    looksLikePanel &&
    record['title'] === panel.title &&
    (record['id'] === panel.id || record['id'] === undefined || record['id'] === null)
  )
    return record;
  for (const key of ['dashboard', 'spec', 'data', 'panels', 'rows']) {
    const found = findPanel(record[key], panel);
    if (found !== undefined) return found;
  }
  return undefined;
}

function Problems({ panel }: { readonly panel: PanelModel }): ReactNode {
  if (panel.problems.length === 0)
    return (
      <EmptyState icon="check" title="No problems">
        Everything this panel asks for is drawn.
      </EmptyState>
    );
  return (
    <ul className="flex flex-col gap-2 p-4">
      {panel.problems.map((problem, index) => (
        <li key={index} className="flex items-start gap-2">
          <Badge tone={problem.severity === 'error' ? 'bad' : problem.severity === 'warning' ? 'warn' : 'muted'}>
            {problem.severity}
          </Badge>
          <p>
            {problem.message} {problem.remedy ? <span className="text-ink2">{problem.remedy}</span> : null}
          </p>
        </li>
      ))}
    </ul>
  );
}
