import { useQuery } from '@tanstack/react-query';
import type { StatusOverview } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { statusOverview } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { formatValue } from '../format/units.ts';
import { wordsForDuration } from '../time/duration.ts';
import { ago, formatTime } from '../time/range.ts';
import { Badge, type Tone } from '../ui/badge.tsx';
import { Polled } from '../ui/polled.tsx';
import { ErrorBox } from '../ui/states.tsx';

const POLL_MS = 5_000;

export function Overview({ children }: { readonly children: (status: StatusOverview) => ReactNode }): ReactNode {
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => statusOverview(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <div className="flex flex-col gap-3">
      <Polled data={status.data} failure={pollFailure(status)} onRetry={() => void status.refetch()}>
        {children}
      </Polled>
    </div>
  );
}

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: string;
  readonly tone?: Tone;
}

function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="grid grid-cols-2 overflow-hidden rounded-md border border-line bg-surface md:grid-cols-3 xl:grid-cols-4">
      {facts.map((fact) => (
        <div key={fact.name} className="-mr-px -mb-px flex flex-col gap-0.5 border-r border-b border-line px-3 py-2">
          <dt className="text-xs text-ink3">{fact.name}</dt>
          <dd className="num text-base font-medium break-words">
            {fact.tone ? <Badge tone={fact.tone}>{fact.value}</Badge> : fact.value}
          </dd>
          {fact.note ? <dd className="text-xs break-words text-ink2">{fact.note}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

const bytes = (value: number | null): string => (value === null ? 'unknown' : formatValue(value, 'bytes'));
const count = (value: number): string => value.toLocaleString('en');

export function StorageStatus(): ReactNode {
  return (
    <Overview>
      {({ storage }) => (
        <>
          {storage.lastError ? <ErrorBox title="The store reports an error" detail={storage.lastError} /> : null}
          <Facts
            facts={[
              {
                name: 'Engine',
                value: storage.kind === 'embedded' ? 'embedded' : 'ClickHouse server',
                note: `ClickHouse ${storage.version}`,
              },
              {
                name: 'State',
                value: storage.writable ? 'writable' : 'read-only',
                tone: storage.writable ? 'ok' : 'bad',
              },
              { name: 'Place', value: storage.path },
              { name: 'Disk free', value: bytes(storage.diskFreeBytes), note: `of ${bytes(storage.diskTotalBytes)}` },
              { name: 'Retention', value: wordsForDuration(storage.retentionMs) },
            ]}
          />
          {storage.damagedParts.length > 0 ? (
            <section className="rounded-md border border-bad/40 bg-bad-soft p-3" aria-label="Damaged parts">
              <h2 className="font-semibold text-bad">Parts set aside because they were damaged</h2>
              <ul className="mt-1 text-xs">
                {storage.damagedParts.map((part) => (
                  <li key={`${part.table} ${part.name}`}>
                    <span className="font-mono">
                      {part.table}/{part.name}
                    </span>
                    : {part.reason}
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          <table className="w-full rounded-md border border-line bg-surface text-left">
            <thead className="text-xs text-ink3">
              <tr>
                {['Table', 'Rows', 'On disk', 'Parts'].map((name, index) => (
                  <th key={name} className={`px-3 py-1.5 font-normal ${index > 0 ? 'text-right' : ''}`}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="num divide-y divide-line/70">
              {storage.tables.map((table) => (
                <tr key={table.name}>
                  <td className="px-3 py-1.5 font-mono text-xs">{table.name}</td>
                  <td className="px-3 py-1.5 text-right">{count(table.rows)}</td>
                  <td className="px-3 py-1.5 text-right">{bytes(table.bytesOnDisk)}</td>
                  <td className="px-3 py-1.5 text-right">{count(table.parts)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Overview>
  );
}

const REASONS: Readonly<Record<string, string>> = {
  'too-old': 'too old',
  'too-far-in-future': 'too far in the future',
  'out-of-order': 'out of order',
  duplicate: 'duplicate',
  'invalid-labels': 'with invalid labels',
  'invalid-histogram': 'invalid histograms',
  'series-limit': 'of series over the limit',
};

function refusedWords(byReason: Readonly<Record<string, number>>): string {
  return Object.entries(byReason)
    .map(([reason, samples]) => `${count(samples)} ${REASONS[reason] ?? reason}`)
    .join(', ');
}

export function IngestionStatus(): ReactNode {
  return (
    <Overview>
      {({ metrics, targets, nowMs }) => (
        <Facts
          facts={[
            { name: 'Active series', value: count(metrics.activeSeries) },
            { name: 'Samples received', value: count(metrics.samplesAppendedTotal) },
            {
              name: 'Samples refused',
              value: count(metrics.samplesRejectedTotal),
              note: refusedWords(metrics.samplesRejectedByReason),
            },
            { name: 'Waiting to be written', value: count(metrics.writeQueueSamples), note: 'samples' },
            { name: 'In memory', value: count(metrics.hotSamples), note: `samples in ${bytes(metrics.hotBytes)}` },
            {
              name: 'Oldest in memory',
              value: metrics.hotOldestMs === null ? 'none' : ago(metrics.hotOldestMs, nowMs),
            },
            { name: 'Newest sample', value: metrics.hotNewestMs === null ? 'none' : ago(metrics.hotNewestMs, nowMs) },
            {
              name: 'Targets',
              value: `${targets.up} up, ${targets.down} down`,
              note: targets.unknown > 0 ? `${targets.unknown} not scraped yet` : '',
              tone: targets.down > 0 ? 'bad' : 'ok',
            },
          ]}
        />
      )}
    </Overview>
  );
}

export function BuildStatus(): ReactNode {
  return (
    <Overview>
      {(status) => (
        <>
          {status.lastReload.ok ? null : (
            <ErrorBox
              title="The last reload was refused; the configuration before it is in force"
              detail={`${formatTime(status.lastReload.atMs)}: ${status.lastReload.message}`}
            />
          )}
          <Facts
            facts={[
              { name: 'Version', value: status.version },
              {
                name: 'Running for',
                value: wordsForDuration(status.nowMs - status.startedAtMs),
                note: `since ${formatTime(status.startedAtMs)}`,
              },
              {
                name: 'Configuration',
                value: status.configFile ?? 'built-in defaults',
                note: `loaded ${ago(status.lastReload.atMs, status.nowMs)}`,
              },
              {
                name: 'Memory',
                value: bytes(status.process.residentBytes),
                note: `of which ${bytes(status.process.heapUsedBytes)} JavaScript heap`,
              },
              {
                name: 'CPU used',
                value: wordsForDuration(status.process.cpuSecondsTotal * 1000),
                note: `${formatValue((100 * status.process.cpuSecondsTotal * 1000) / Math.max(1, status.nowMs - status.startedAtMs), 'percent', 1)} of one core on average`,
              },
              {
                name: 'Event loop delay',
                value: formatValue(status.process.eventLoopLagP99Ms, 'ms'),
                note: '99th percentile',
              },
            ]}
          />
        </>
      )}
    </Overview>
  );
}
