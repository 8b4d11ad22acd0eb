import type { SeriesRefusal, StatusOverview } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { formatValue } from '../format/units.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, type Tone } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Icon } from '../ui/icons.tsx';
import { labelOfMetricQuery, labelQuery, metricQuery } from './cardinality-queries.ts';
import { ExploreLink } from './explore-link.tsx';
import { labeldropSnippet, seriesLevel } from './series-level.ts';

type Metrics = StatusOverview['metrics'];

const BAR: Partial<Record<Tone, string>> = { ok: 'bg-ok', warn: 'bg-warn', bad: 'bg-bad' };

const count = (value: number): string => value.toLocaleString('en');

/** Known series against `storage.active_series`; what was refused at it, and what to do then. */
export function SeriesLimit({ metrics }: { readonly metrics: Metrics }): ReactNode {
  const { knownSeries, seriesMax, activeSeries, seriesRefusal } = metrics;
  const { tone, words, percent } = seriesLevel(knownSeries, seriesMax);
  return (
    <>
      <section className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3" aria-label="All series">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="font-semibold">All series</h2>
          <Badge tone={tone}>{words}</Badge>
        </div>
        <p className="num">
          <span className="text-base font-medium">{count(knownSeries)}</span> of {count(seriesMax)} known series (
          {formatValue(percent, 'percent', percent > 0 && percent < 10 ? 2 : 0)} of <code>storage.active_series</code>)
        </p>
        <div
          role="meter"
          aria-label="Known series"
          aria-valuemin={0}
          aria-valuemax={seriesMax}
          aria-valuenow={Math.min(knownSeries, seriesMax)}
          aria-valuetext={`${count(knownSeries)} of ${count(seriesMax)}`}
          className="h-2 overflow-hidden rounded border border-line bg-raised"
        >
          <div className={`h-full ${BAR[tone] ?? ''}`} style={{ width: `${percent}%` }} />
        </div>
        <p className="num text-xs text-ink2">
          {count(activeSeries)} of them have a recent sample in memory; the others are kept until their last sample
          leaves retention.
        </p>
      </section>
      {seriesRefusal ? <Refusal refusal={seriesRefusal} metrics={metrics} /> : null}
    </>
  );
}

function Refusal({ refusal, metrics }: { readonly refusal: SeriesRefusal; readonly metrics: Metrics }): ReactNode {
  const { isOn, text, lastMs, sinceMs } = refusal;
  const samples = metrics.samplesRejectedByReason['series-limit'] ?? 0;
  return (
    <section
      aria-label="Refused series"
      className={`flex items-start gap-2 rounded-md border px-3 py-2 ${isOn ? 'border-bad/40 bg-bad-soft' : 'border-warn/40 bg-warn-soft'}`}
    >
      <span className={`mt-0.5 ${isOn ? 'text-bad' : 'text-warn'}`}>
        <Icon name={isOn ? 'error' : 'warning'} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div>
          {/* Only what does not change is an alert: a counting age would be read out again and again. */}
          <h2 role="alert" className="font-semibold">
            {isOn ? 'New series are refused' : 'New series were refused; there is room again'}
          </h2>
          <p className="break-words text-ink2">{text}</p>
          <p className="num text-ink2">
            {count(samples)} samples refused since the start; first <Ago ms={sinceMs} />, last <Ago ms={lastMs} />.
            Known series go on.
          </p>
        </div>
        <Culprits refusal={refusal} />
        <Remedies label={refusal.label?.name} seriesMax={metrics.seriesMax} />
      </div>
    </section>
  );
}

function Culprits({ refusal: { label, metric } }: { readonly refusal: SeriesRefusal }): ReactNode {
  return (
    <dl className="grid gap-x-3 gap-y-0.5 wide:grid-cols-[auto_minmax(0,1fr)]">
      {label ? (
        <>
          <dt className="text-ink2">Label to blame</dt>
          <dd className="num">
            <ExploreLink text={label.name} query={labelQuery(label.name)} />, {count(label.values)} values
          </dd>
        </>
      ) : null}
      {metric ? (
        <>
          <dt className="text-ink2">Metric with the most series</dt>
          <dd className="num">
            <ExploreLink
              text={metric.name}
              query={label ? labelOfMetricQuery(metric.name, label.name) : metricQuery(metric.name)}
            />
            , {count(metric.series)} series
          </dd>
        </>
      ) : null}
    </dl>
  );
}

function Remedies({ label, seriesMax }: { readonly label: string | undefined; readonly seriesMax: number }): ReactNode {
  const snippet = label === undefined ? undefined : labeldropSnippet(label);
  return (
    <div>
      <h3 className="font-medium">What to do</h3>
      <ul className="list-disc space-y-1 pl-4">
        {snippet === undefined ? null : (
          <li>
            Drop the label in the job that brings it, if its series stay distinct without it:
            <div className="mt-1 flex max-w-xl items-start justify-between gap-2 rounded-md border border-line bg-surface pl-2">
              <pre className="overflow-x-auto py-1.5 font-mono text-xs">{snippet}</pre>
              <CopyButton text={snippet} />
            </div>
          </li>
        )}
        <li>
          Set a <code>sample_limit</code> in that job: the explosion then ends at its target.
        </li>
        <li>
          Or raise <code>storage.active_series</code> (now {count(seriesMax)}) and restart; each series takes about 1 KB
          of memory.
        </li>
      </ul>
    </div>
  );
}
