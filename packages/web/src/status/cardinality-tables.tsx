import type { ReactNode } from 'react';
import type { CardinalityEntry, TsdbStatus } from '../api/prometheus.ts';
import { formatValue } from '../format/units.ts';
import { labelQuery, metricQuery, pairQuery } from './cardinality-queries.ts';
import { ExploreLink } from './explore-link.tsx';

/** Of the largest; a shorter bar would be a dot. */
const BAR_SHARE_MIN = 0.02;

const count = (value: number): string => value.toLocaleString('en');

export function CardinalityTables({ tsdb }: { readonly tsdb: TsdbStatus }): ReactNode {
  return (
    <div className="grid items-start gap-3 wide:grid-cols-2">
      <Largest
        title="Metrics with the most series"
        what={['Metric', 'Series']}
        entries={tsdb.seriesCountByMetricName}
        query={metricQuery}
      />
      <Largest
        title="Labels with the most values"
        what={['Label', 'Values']}
        entries={tsdb.labelValueCountByLabelName}
        query={labelQuery}
      />
      <Largest
        title="Label values with the most series"
        what={['Label = value', 'Series']}
        entries={tsdb.seriesCountByLabelValuePair}
        query={pairQuery}
      />
      <Largest
        title="Memory of label values"
        what={['Label', 'Memory']}
        entries={tsdb.memoryInBytesByLabelName}
        query={labelQuery}
        format={(value) => formatValue(value, 'bytes')}
      />
    </div>
  );
}

function Largest({
  title,
  what,
  entries,
  query,
  format = count,
}: {
  readonly title: string;
  readonly what: readonly [name: string, value: string];
  readonly entries: readonly CardinalityEntry[];
  readonly query: (name: string) => string;
  readonly format?: (value: number) => string;
}): ReactNode {
  const most = Math.max(1, ...entries.map(({ value }) => value));
  return (
    <section className="min-w-0 rounded-md border border-line bg-surface" aria-label={title}>
      <h2 className="border-b border-line px-3 py-2 font-semibold">{title}</h2>
      <table className="w-full table-fixed text-left">
        <thead className="text-xs text-ink3">
          <tr>
            <th className="px-3 py-1 font-normal">{what[0]}</th>
            <th className="w-28 px-3 py-1 text-right font-normal">{what[1]}</th>
          </tr>
        </thead>
        <tbody className="num divide-y divide-line/70">
          {entries.map(({ name, value }) => (
            <tr key={name} className="align-top">
              <td className="px-3 py-1">
                <ExploreLink text={name} query={query(name)} />
                {value / most < BAR_SHARE_MIN ? null : (
                  <div
                    aria-hidden="true"
                    className="mt-0.5 h-0.5 rounded bg-accent/40"
                    style={{ width: `${(100 * value) / most}%` }}
                  />
                )}
              </td>
              <td className="px-3 py-1 text-right">{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
