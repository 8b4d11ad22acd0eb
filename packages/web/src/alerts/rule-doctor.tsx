import { useQuery } from '@tanstack/react-query';
import type { RuleBacktest, RuleDiagnosis, RuleReport, RuleVerdict } from '@vedette/wire/http';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Rule, RuleGroup } from '../api/prometheus.ts';
import { ruleDoctor } from '../api/vedette.ts';
import { words } from '../api/words.ts';
import { formatNumber } from '../format/number.ts';
import { wordsForDuration } from '../time/duration.ts';
import { formatTime } from '../time/range.ts';
import { useUrlState } from '../time/url-state.ts';
import { Badge, LabelChip, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { fieldClass } from '../ui/field.tsx';
import { ErrorBox, Loading } from '../ui/states.tsx';

const VERDICT: Readonly<Record<RuleVerdict, { readonly tone: Tone; readonly text: string }>> = {
  sound: { tone: 'ok', text: 'sound' },
  doubtful: { tone: 'warn', text: 'doubtful' },
  broken: { tone: 'bad', text: 'broken' },
  unknown: { tone: 'muted', text: 'not known' },
};
const SEVERITY: Readonly<Record<RuleDiagnosis['severity'], Tone>> = { error: 'bad', warning: 'warn', note: 'accent' };
const EPISODES_SHOWN = 20;

/** Whether the rule can fire, how often it would have, and a repair; another threshold or `for` to try is in the address. */
export function RuleDoctor({ rule, group }: { readonly rule: Rule; readonly group: RuleGroup }): ReactNode {
  const { search, change } = useUrlState();
  const threshold = search.get('threshold') ?? '';
  const forText = search.get('for') ?? '';
  const asked = useQuery({
    queryKey: ['rule-doctor', group.file, group.name, rule.name, rule.query, threshold, forText],
    queryFn: ({ signal }) =>
      ruleDoctor({ file: group.file, group: group.name, name: rule.name, threshold, for: forText }, signal),
    retry: false,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const report = asked.data?.reports.find(({ name, query }) => name === rule.name && query === rule.query);
  return (
    <section aria-label="The rule doctor" className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
      <h3 className="flex items-center gap-2 font-semibold">
        Rule doctor
        {report ? <Badge tone={VERDICT[report.verdict].tone}>{VERDICT[report.verdict].text}</Badge> : null}
      </h3>
      {asked.error ? <ErrorBox {...words(asked.error)} onRetry={() => void asked.refetch()} /> : null}
      {asked.isPending ? <Loading label="Looking into the stored past" /> : null}
      {report ? (
        <Report
          report={report}
          tried={{ threshold, for: forText }}
          onTry={(tried) => change({ threshold: tried.threshold, for: tried.for })}
        />
      ) : null}
    </section>
  );
}

interface Tried {
  readonly threshold: string;
  readonly for: string;
}

function Report({
  report,
  tried,
  onTry,
}: {
  readonly report: RuleReport;
  readonly tried: Tried;
  readonly onTry: (tried: Tried) => void;
}): ReactNode {
  return (
    <>
      <p>{report.summary}</p>
      <ul className="flex flex-col gap-2">
        {report.diagnoses.map((diagnosis) => (
          <Diagnosis key={`${diagnosis.kind} ${diagnosis.message}`} diagnosis={diagnosis} query={report.query} />
        ))}
      </ul>
      {report.faults.map((fault) => (
        <p key={fault} className="text-xs text-ink2">
          Not found out: {fault}
        </p>
      ))}
      {report.repair ? (
        <figure className="flex flex-col gap-1">
          <figcaption className="flex items-center gap-2 text-xs text-ink2">
            Repaired: {report.repair.changes.join('; ')}. {report.repair.summary}
            <CopyButton text={report.repair.diff ?? report.repair.query} />
          </figcaption>
          <Diff text={report.repair.diff ?? report.repair.query} />
        </figure>
      ) : null}
      {report.backtest ? <Backtest title="In the stored past" backtest={report.backtest} /> : null}
      {report.backtest ? (
        <WhatIf key={`${tried.threshold} ${tried.for}`} tried={tried} onTry={onTry} backtest={report.backtest} />
      ) : null}
      {report.whatIf ? <Backtest title="With what you try" backtest={report.whatIf} /> : null}
    </>
  );
}

function Diagnosis({ diagnosis, query }: { readonly diagnosis: RuleDiagnosis; readonly query: string }): ReactNode {
  const { span } = diagnosis;
  return (
    <li className="flex flex-col gap-0.5">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={SEVERITY[diagnosis.severity]}>{diagnosis.kind}</Badge> {diagnosis.message}
      </p>
      {span ? (
        <code className="text-xs text-ink2">
          {query.slice(Math.max(0, span.start - 30), span.start)}
          <mark className="rounded bg-warn/20 text-ink">{query.slice(span.start, span.end)}</mark>
          {query.slice(span.end, span.end + 30)}
        </code>
      ) : null}
      {diagnosis.evidence.map((line) => (
        <p key={line} className="text-xs text-ink2">
          {line}
        </p>
      ))}
      {diagnosis.remedy ? <p className="text-xs">{diagnosis.remedy}</p> : null}
    </li>
  );
}

function Backtest({ title, backtest }: { readonly title: string; readonly backtest: RuleBacktest }): ReactNode {
  const { seen } = backtest;
  return (
    <section aria-label={title} className="flex flex-col gap-1 text-xs">
      <h4 className="font-medium">
        {title}, {formatTime(Date.parse(backtest.start))} to {formatTime(Date.parse(backtest.end))}
      </h4>
      <p>
        <strong>{backtest.fired === 1 ? 'fired once' : `fired ${backtest.fired} times`}</strong>
        {backtest.fired > 0 ? `, ${wordsForDuration(backtest.firingSeconds * 1000)} in all` : ''}
        {backtest.onlyPending > 0 ? `; ${backtest.onlyPending} ended while pending` : ''}
        {seen ? `; values were between ${formatNumber(seen.min)} and ${formatNumber(seen.max)}` : ''}
        {backtest.threshold === null ? '' : `, the threshold is ${backtest.threshold}`}, for {backtest.for}.
        {backtest.isExact ? '' : ` Looked at each ${backtest.step}: shorter alerts may be missing.`}
      </p>
      {backtest.otherFor.length > 0 ? (
        <p className="num text-ink2">
          with another for: {backtest.otherFor.map((other) => `${other.for}: ${other.fired}`).join(' · ')}
        </p>
      ) : null}
      {backtest.episodes.length > 0 ? (
        <ul className="flex flex-col gap-0.5">
          {backtest.episodes.slice(0, EPISODES_SHOWN).map((episode) => (
            <li
              key={`${episode.pendingAt} ${JSON.stringify(episode.labels)}`}
              className="flex flex-wrap items-center gap-1"
            >
              <span className="num text-ink2">
                {formatTime(Date.parse(episode.firedAt ?? episode.pendingAt))}
                {episode.endedAt === null ? ' until now' : ` to ${formatTime(Date.parse(episode.endedAt))}`}
              </span>
              <Badge tone={episode.firedAt === null ? 'warn' : 'bad'}>
                {episode.firedAt === null ? 'only pending' : 'fired'}
              </Badge>
              <span>worst {formatNumber(episode.worstValue)}</span>
              {Object.entries(episode.labels)
                .filter(([name]) => name !== 'alertname')
                .map(([name, value]) => (
                  <LabelChip key={name} name={name} value={value} />
                ))}
            </li>
          ))}
        </ul>
      ) : null}
      {backtest.episodes.length > EPISODES_SHOWN || backtest.episodesLeft > 0 ? (
        <p className="text-ink3">
          and {Math.max(0, backtest.episodes.length - EPISODES_SHOWN) + backtest.episodesLeft} more
        </p>
      ) : null}
    </section>
  );
}

function WhatIf({
  tried,
  onTry,
  backtest,
}: {
  readonly tried: Tried;
  readonly onTry: (tried: Tried) => void;
  readonly backtest: RuleBacktest;
}): ReactNode {
  const [threshold, setThreshold] = useState(tried.threshold);
  const [forText, setForText] = useState(tried.for);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onTry({ threshold: threshold.trim(), for: forText.trim() });
  };
  return (
    <form
      onSubmit={submit}
      aria-label="Try other settings"
      className="flex flex-wrap items-end gap-2 text-xs text-ink2"
    >
      {backtest.threshold === null ? null : (
        <label className="flex flex-col gap-0.5">
          Threshold
          <input
            value={threshold}
            placeholder={String(backtest.threshold)}
            inputMode="decimal"
            onChange={(event) => setThreshold(event.target.value)}
            className={`${fieldClass} w-28`}
          />
        </label>
      )}
      <label className="flex flex-col gap-0.5">
        For
        <input
          value={forText}
          placeholder={backtest.for}
          onChange={(event) => setForText(event.target.value)}
          className={`${fieldClass} w-24`}
        />
      </label>
      <Button type="submit">Try on the past</Button>
    </form>
  );
}

/** A unified diff, its lines in colour and with their signs. */
function Diff({ text }: { readonly text: string }): ReactNode {
  return (
    <pre className="overflow-x-auto rounded-md border border-line bg-raised p-2 font-mono text-xs">
      {text.split('\n').map((line, index) => (
        <span
          key={`${index} ${line}`}
          className={`block ${line.startsWith('+') ? 'text-ok' : line.startsWith('-') ? 'text-bad' : 'text-ink2'}`}
        >
          {line}
        </span>
      ))}
    </pre>
  );
}
