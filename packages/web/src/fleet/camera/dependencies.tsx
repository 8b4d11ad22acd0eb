import type { Camera } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { queryInstant } from '../../api/prometheus.ts';
import { pollFailure } from '../../api/words.ts';
import { sampleValue } from '../../dashboards/data/frame.ts';
import { formatValue } from '../../format/units.ts';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';
import { type Asked, ffmpegQueries, gpuQueries } from './dependency-queries.ts';
import { MiniChart } from './mini-chart.tsx';

const POLL_MS = 10_000;

/** The ffmpeg process that serves this camera, and the GPUs beside it or in the machine that records it. */
export function Dependencies({ camera }: { readonly camera: Camera }): ReactNode {
  const ofFfmpeg = ffmpegQueries(camera);
  const ofGpu = gpuQueries(camera);
  const ffmpeg = useLatest(ofFfmpeg);
  const gpu = useLatest(ofGpu);
  return (
    <Section title="Depends on">
      <Polled data={ffmpeg.data} failure={pollFailure(ffmpeg)} onRetry={() => void ffmpeg.refetch()}>
        {(values) =>
          values.every((value) => value === null) ? (
            <p className="text-ink2">No ffmpeg process is known to serve this camera.</p>
          ) : (
            <Group name="ffmpeg" asked={ofFfmpeg} values={values} charts={2} />
          )
        }
      </Polled>
      {gpu.data?.some((value) => value !== null) ? (
        <Group name="GPU" asked={ofGpu} values={gpu.data} charts={2} />
      ) : ffmpeg.data?.some((value) => value !== null) ? (
        <p className="text-ink2">No GPU is known in the machine where it runs.</p>
      ) : null}
    </Section>
  );
}

function useLatest(asked: readonly Asked[]) {
  return useQuery({
    queryKey: ['camera-depends', asked.map(({ query }) => query)],
    queryFn: ({ signal }) => Promise.all(asked.map(({ query }) => latest(query, signal))),
    refetchInterval: POLL_MS,
  });
}

/** The largest value, for the GPU that has the most to do; null when nothing answers. */
async function latest(query: string, signal: AbortSignal): Promise<number | null> {
  const { data } = await queryInstant(query, Date.now(), signal);
  if (data.resultType !== 'vector') return null;
  const values = data.result.map(({ value }) => sampleValue(value[1])).filter(Number.isFinite);
  return values.length === 0 ? null : Math.max(...values);
}

function Group({
  name,
  asked,
  values,
  charts,
}: {
  readonly name: string;
  readonly asked: readonly Asked[];
  readonly values: readonly (number | null)[];
  /** How many of them are drawn over time. */
  readonly charts: number;
}): ReactNode {
  return (
    <div role="group" aria-label={name} className="flex flex-col gap-1">
      <dl className="flex flex-wrap gap-x-5 gap-y-1">
        {asked.map(({ title, unit }, index) => {
          const value = values[index] ?? null;
          return value === null ? null : (
            <div key={title} className="flex items-baseline gap-1.5">
              <dt className="text-xs text-ink2">{title}</dt>
              <dd className="num font-semibold">{formatValue(value, unit)}</dd>
            </div>
          );
        })}
      </dl>
      <div className="grid gap-2 wide:grid-cols-2">
        {asked.slice(0, charts).map(({ title, unit, query }, index) =>
          values[index] === null ? null : (
            <div key={title} className="min-w-0">
              <h3 className="text-xs text-ink3">{title}</h3>
              <MiniChart query={query} title={title} unit={unit} />
            </div>
          ),
        )}
      </div>
    </div>
  );
}
