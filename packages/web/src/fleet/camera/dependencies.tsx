import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { queryInstant } from '../../api/prometheus.ts';
import { pollFailure } from '../../api/words.ts';
import { sampleValue } from '../../dashboards/data/frame.ts';
import { formatValue } from '../../format/units.ts';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';
import { MiniChart } from './mini-chart.tsx';

const POLL_MS = 10_000;

interface Asked {
  readonly title: string;
  readonly unit: string;
  readonly query: string;
}

const quoted = (text: string): string => JSON.stringify(text);

/** Of the ffmpeg processes that serve a camera. */
function ffmpegQueries(id: string): readonly Asked[] {
  const of = `{camera_id=${quoted(id)}}`;
  return [
    { title: 'CPU', unit: 'percentunit', query: `sum(rate(ffmpeg_process_cpu_seconds_total${of}[5m]))` },
    { title: 'Memory', unit: 'decbytes', query: `sum(ffmpeg_process_resident_memory_bytes${of})` },
    { title: 'Running for', unit: 's', query: `time() - max(ffmpeg_process_start_time_seconds${of})` },
    { title: 'Restarts in a day', unit: 'none', query: `round(sum(increase(ffmpeg_process_restarts_total${of}[1d])))` },
  ];
}

/** Series with their machine as a label: exporters of one machine answer on ports of their own. */
const withHost = (series: string): string => `label_replace(${series}, "host", "$1", "instance", "(.+?)(:[0-9]+)?")`;

/** Of the GPUs in the machine where its ffmpeg runs. */
function gpuQueries(id: string): readonly Asked[] {
  const here = (series: string): string =>
    `${withHost(series)} and on (host) ${withHost(`ffmpeg_process_start_time_seconds{camera_id=${quoted(id)}}`)}`;
  return [
    { title: 'GPU decoder', unit: 'percentunit', query: here('gpu_decoder_utilization_ratio') },
    { title: 'GPU load', unit: 'percentunit', query: here('gpu_utilization_ratio') },
    { title: 'GPU memory', unit: 'percentunit', query: here('gpu_memory_used_bytes / gpu_memory_total_bytes') },
    { title: 'GPU temperature', unit: 'celsius', query: here('gpu_temperature_celsius') },
  ];
}

/** The ffmpeg process that serves this camera and the GPUs beside it. */
export function Dependencies({ id }: { readonly id: string }): ReactNode {
  const ffmpeg = useLatest(ffmpegQueries(id));
  const gpu = useLatest(gpuQueries(id));
  return (
    <Section title="Depends on">
      <Polled data={ffmpeg.data} failure={pollFailure(ffmpeg)} onRetry={() => void ffmpeg.refetch()}>
        {(values) =>
          values.every((value) => value === null) ? (
            <p className="text-ink2">No ffmpeg process is known to serve this camera.</p>
          ) : (
            <Group name="ffmpeg" asked={ffmpegQueries(id)} values={values} charts={2} />
          )
        }
      </Polled>
      {gpu.data?.some((value) => value !== null) ? (
        <Group name="GPU" asked={gpuQueries(id)} values={gpu.data} charts={2} />
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
