import type { LimitedTarget, TargetSeries, TargetSeriesOverview } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';
import { Badge } from '../ui/badge.tsx';
import { labelQuery } from './cardinality-queries.ts';
import { ExploreLink } from './explore-link.tsx';

const count = (value: number): string => value.toLocaleString('en');
const keyOf = ({ scrapePool, scrapeUrl, instance }: TargetSeries): string => `${scrapePool} ${scrapeUrl} ${instance}`;

function TargetLink({ target }: { readonly target: TargetSeries }): ReactNode {
  return (
    <Link
      href={routes.status('targets', { q: `${target.scrapePool} ${target.scrapeUrl}` })}
      title={`${target.scrapeUrl}: show among the targets`}
      className="font-mono text-xs break-all text-accent hover:underline"
    >
      {target.instance || target.scrapeUrl}
    </Link>
  );
}

export function TargetsOverLimit({ answer }: { readonly answer: TargetSeriesOverview }): ReactNode {
  const { overLimit, overLimitTotal, targetsTotal } = answer;
  return (
    <section className="rounded-md border border-line bg-surface" aria-label="Targets over a limit">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="font-semibold">Targets over a limit</h2>
        <Badge tone={overLimitTotal > 0 ? 'bad' : 'ok'}>
          {count(overLimitTotal)} of {count(targetsTotal)}
        </Badge>
      </header>
      {overLimit.length === 0 ? (
        <p className="px-3 py-2 text-ink2">
          None. Limits in a scrape config, such as <code>sample_limit: 5000</code> or <code>label_limit: 30</code>, end
          an explosion at its target.
        </p>
      ) : (
        <ul className="divide-y divide-line/70">
          {overLimit.map((target) => (
            <Limited key={keyOf(target)} target={target} />
          ))}
        </ul>
      )}
      {overLimitTotal > overLimit.length ? (
        <p className="border-t border-line px-3 py-1.5 text-xs text-ink3">
          and {count(overLimitTotal - overLimit.length)} more
        </p>
      ) : null}
    </section>
  );
}

function Limited({ target }: { readonly target: LimitedTarget }): ReactNode {
  return (
    <li className="flex flex-col gap-1 px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-ink2">{target.scrapePool}</span>
        <TargetLink target={target} />
        <Badge tone="bad">{target.limit}</Badge>
        {target.label === null ? null : (
          <span className="text-ink2">
            label to blame: <ExploreLink text={target.label} query={labelQuery(target.label)} />
          </span>
        )}
      </div>
      <p className="rounded bg-bad-soft px-2 py-0.5 text-xs break-words">{target.error}</p>
    </li>
  );
}

export function LargestTargets({ answer }: { readonly answer: TargetSeriesOverview }): ReactNode {
  return (
    <section
      className="overflow-x-auto rounded-md border border-line bg-surface"
      aria-label="Targets with the most samples"
      // What can be scrolled must be reachable without a mouse.
      tabIndex={0}
    >
      <h2 className="border-b border-line px-3 py-2 font-semibold">Targets with the most samples</h2>
      <table className="w-full min-w-[640px] table-fixed text-left">
        <thead className="text-xs text-ink3">
          <tr>
            <th className="w-32 px-3 py-1 font-normal">Job</th>
            <th className="px-3 py-1 font-normal">Instance</th>
            <th className="w-24 px-3 py-1 text-right font-normal">Samples</th>
            <th className="w-24 px-3 py-1 text-right font-normal">New series</th>
            <th className="w-24 px-3 py-1 text-right font-normal">sample_limit</th>
          </tr>
        </thead>
        <tbody className="num divide-y divide-line/70">
          {answer.largest.map((target) => (
            <tr key={keyOf(target)} className="align-top">
              <td className="px-3 py-1 break-words">{target.scrapePool}</td>
              <td className="px-3 py-1">
                <TargetLink target={target} />
              </td>
              <td className="px-3 py-1 text-right">{count(target.samples)}</td>
              <td className="px-3 py-1 text-right">{count(target.seriesAdded)}</td>
              <td className="px-3 py-1 text-right">
                {target.sampleLimit === null ? <span className="text-ink3">none</span> : count(target.sampleLimit)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="border-t border-line px-3 py-1.5 text-xs text-ink3">
        Of the last scrape, after relabelling. New series were not in the scrape before.
      </p>
    </section>
  );
}
