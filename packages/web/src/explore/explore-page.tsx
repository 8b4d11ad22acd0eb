import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, Suspense, lazy, useState } from 'react';
import { errorSpan, pollFailure } from '../api/words.ts';
import { formatDurationMs, parseDurationMs } from '../time/duration.ts';
import { PLAIN_DEFAULTS, useTime, useTimeDefaults } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Choices, fieldClass } from '../ui/field.tsx';
import { Menu } from '../ui/menu.tsx';
import { Page } from '../ui/page.tsx';
import { QueryError } from '../ui/query-error.tsx';
import { EmptyState, ErrorBox, Loading } from '../ui/states.tsx';
import { MetricNotes } from './metric-notes.tsx';
import { readHistory, remember } from './query-history.ts';
import { ExploreResultView } from './result-view.tsx';
import { type ExploreResult, runQueries } from './run-queries.ts';

const PromqlEditor = lazy(async () => ({ default: (await import('./promql-editor.tsx')).PromqlEditor }));

/** Each query is a request per refresh. */
const QUERIES_MAX = 8;

const SAMPLES: readonly { readonly query: string; readonly what: string }[] = [
  { query: 'up', what: 'Which targets answer: 1 is yes, 0 is no' },
  {
    query: '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))',
    what: 'CPU in use on each host, in percent',
  },
  { query: 'topk(5, count by (__name__) ({__name__!=""}))', what: 'The five metrics with the most series' },
];

export function ExplorePage(): ReactNode {
  useTimeDefaults(PLAIN_DEFAULTS);
  const time = useTime();
  const { search, change } = useUrlState();
  const queries = search.getAll('q');
  const shown = queries.length > 0 ? queries : [''];
  const instant = search.get('mode') === 'instant';
  const stepText = search.get('step') ?? '';
  const stepMs = parseDurationMs(stepText);
  const [drafts, setDrafts] = useState<ReadonlyMap<number, string>>(new Map());
  const texts = shown.map((query, index) => drafts.get(index) ?? query);
  const asked = queries.filter((query) => query.trim() !== '');
  const result = useQuery({
    queryKey: ['explore', asked, time.range.fromMs, time.range.toMs, instant, stepMs],
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => runQueries({ queries: asked, range: time.range, instant, stepMs }, signal),
  });

  const [last, setLast] = useState<ExploreResult>();
  if (result.data !== undefined && result.data !== last) setLast(result.data);
  const answer = result.data ?? last;
  const failure = pollFailure({ data: answer, error: result.error });

  const show = (next: readonly string[]): void => {
    setDrafts(new Map());
    change({ q: next });
  };
  const run = (index?: number, text?: string): void => {
    const next = texts.map((draft, at) => (at === index && text !== undefined ? text : draft));
    for (const query of next) remember(query);
    show(next.filter((query, at) => query.trim() !== '' || at === 0));
    time.refreshNow();
  };
  const setDraft = (index: number, text: string): void => setDrafts(new Map(drafts).set(index, text));

  return (
    <Page
      title="Explore metrics"
      controls={
        <>
          <Choices
            label="Kind of query"
            value={instant ? 'instant' : 'range'}
            onChange={(mode) => change({ mode: mode === 'instant' ? 'instant' : null })}
            choices={[
              { value: 'range', label: 'Range' },
              { value: 'instant', label: 'Instant' },
            ]}
          />
          <label className="flex items-center gap-1.5 text-ink2">
            Step
            <input
              className={`${fieldClass} w-20`}
              placeholder={answer ? formatDurationMs(answer.stepMs) : 'auto'}
              aria-invalid={stepText !== '' && stepMs === null}
              title="Such as 15s or 5m; empty chooses one for the range"
              defaultValue={stepText}
              key={stepText}
              onBlur={(event) => (event.target.value === stepText ? undefined : change({ step: event.target.value }))}
              onKeyDown={(event) => (event.key === 'Enter' ? change({ step: event.currentTarget.value }) : undefined)}
            />
          </label>
          <HistoryMenu
            onPick={(query) => show([...texts.filter((text) => text.trim() !== ''), query].slice(-QUERIES_MAX))}
          />
        </>
      }
    >
      <div className="flex flex-col gap-1.5">
        {texts.map((text, index) => (
          <div key={index} className="flex items-start gap-1">
            <span className="num flex h-8 w-5 items-center justify-center text-xs text-ink3">
              {String.fromCodePoint(65 + index)}
            </span>
            <Suspense
              fallback={<PlainEditor text={text} onChange={(next) => setDraft(index, next)} onRun={() => run()} />}
            >
              <PromqlEditor
                value={text}
                label={`Query ${String.fromCodePoint(65 + index)}`}
                onChange={(next) => setDraft(index, next)}
                onRun={(next) => run(index, next)}
              />
            </Suspense>
            {texts.length > 1 ? (
              <IconButton
                icon="close"
                label={`Remove query ${String.fromCodePoint(65 + index)}`}
                onClick={() => show(texts.filter((_, at) => at !== index))}
              />
            ) : null}
          </div>
        ))}
        <div className="flex flex-wrap items-center gap-2 pl-6">
          <Button look="primary" icon="play" onClick={() => run()}>
            Run
          </Button>
          <Button icon="plus" disabled={texts.length >= QUERIES_MAX} onClick={() => show([...texts, ''])}>
            Add query
          </Button>
          <MetricNotes queries={asked} />
        </div>
      </div>
      {asked.length === 0 ? <Samples onPick={(query) => show([query])} /> : null}
      {asked.length > 0 && failure ? <ErrorBox {...failure} onRetry={() => void result.refetch()} /> : null}
      {asked.length > 0 && !answer && result.isPending ? <Loading label="Asking" /> : null}
      {asked.length > 0 && answer ? (
        <Outcome result={answer} instant={instant} retry={() => void result.refetch()} />
      ) : null}
    </Page>
  );
}

function PlainEditor({
  text,
  onChange,
  onRun,
}: {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}): ReactNode {
  return (
    <input
      aria-label="Query"
      className={`${fieldClass} flex-1 font-mono`}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => (event.key === 'Enter' ? onRun() : undefined)}
    />
  );
}

function HistoryMenu({ onPick }: { readonly onPick: (query: string) => void }): ReactNode {
  const entries = readHistory();
  if (entries.length === 0) return null;
  return (
    <Menu
      label="Earlier queries"
      trigger={<Button icon="clock">Earlier</Button>}
      items={entries.map((query) => ({
        label: query.length > 90 ? `${query.slice(0, 90)}…` : query,
        onSelect: () => onPick(query),
      }))}
    />
  );
}

function Outcome({
  result,
  instant,
  retry,
}: {
  readonly result: ExploreResult;
  readonly instant: boolean;
  readonly retry: () => void;
}): ReactNode {
  const failed = result.answers.filter((answer) => answer.error !== null);
  return (
    <>
      {failed.map((answer) =>
        answer.error ? (
          <QueryError
            key={answer.query}
            {...answer.error}
            query={answer.query}
            span={errorSpan(answer.error.detail, answer.query)}
            onRetry={retry}
          />
        ) : null,
      )}
      {failed.length < result.answers.length ? <ExploreResultView result={result} instant={instant} /> : null}
    </>
  );
}

function Samples({ onPick }: { readonly onPick: (query: string) => void }): ReactNode {
  return (
    <EmptyState icon="explore" title="Ask the metrics store">
      <p className="mb-3">
        Write PromQL above and press Enter. Names and labels complete as you type. Or start from one of these:
      </p>
      <ul className="flex flex-col gap-2 text-left">
        {SAMPLES.map((sample) => (
          <li key={sample.query}>
            <button
              type="button"
              onClick={() => onPick(sample.query)}
              className="w-full rounded-md border border-line bg-surface px-3 py-2 text-left hover:border-accent"
            >
              <span className="block text-xs text-ink2">{sample.what}</span>
              <code className="font-mono text-xs break-all text-ink">{sample.query}</code>
            </button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
