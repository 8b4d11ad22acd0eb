import { Command } from 'commander';
import { VedetteError } from '../base/errors.ts';

interface QueryFlags {
  readonly server: string;
  readonly time?: string;
  readonly start?: string;
  readonly end?: string;
  readonly step: string;
  readonly json?: boolean;
}

interface PrometheusAnswer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

interface Histogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly histogram?: readonly [number, Histogram];
  readonly histograms?: readonly (readonly [number, Histogram])[];
}

export function queryCommand(): Command {
  return new Command('query')
    .description('Ask a running Vedette (or Prometheus) a PromQL expression.')
    .argument('<expression>', 'PromQL')
    .option('--server <url>', 'address of the server', 'http://127.0.0.1:9600')
    .option('--time <time>', 'evaluation time: unix seconds or RFC 3339 (default: now)')
    .option('--start <time>', 'start of a range; with --end makes a range query')
    .option('--end <time>', 'end of a range')
    .option('--step <duration>', 'resolution of a range', '15s')
    .option('--json', "print the server's answer as it is")
    .addHelpText(
      'after',
      `\nExamples:\n  vedette query 'up == 0'\n  vedette query 'rate(node_cpu_seconds_total[1m])' --start 1767225600 --end 1767229200 --step 30s`,
    )
    .action(async (expression: string, flags: QueryFlags) => {
      const isRange = flags.start !== undefined || flags.end !== undefined;
      const form = new URLSearchParams({ query: expression });
      for (const name of ['time', 'start', 'end'] as const) if (flags[name] !== undefined) form.set(name, flags[name]);
      if (isRange) form.set('step', flags.step);
      const answer = await ask(new URL(isRange ? 'api/v1/query_range' : 'api/v1/query', withSlash(flags.server)), form);
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(answer)}\n`);
      } else {
        for (const note of [...(answer.warnings ?? []), ...(answer.infos ?? [])]) process.stderr.write(`${note}\n`);
        process.stdout.write(render(answer));
      }
    });
}

async function ask(url: URL, form: URLSearchParams): Promise<PrometheusAnswer> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', body: form });
  } catch (error) {
    throw new VedetteError(
      'DATABASE_UNAVAILABLE',
      `no answer from ${url.origin}; is Vedette running there? Start it with \`vedette serve\``,
      {
        cause: error,
      },
    );
  }
  const answer = (await response.json()) as PrometheusAnswer;
  if (answer.status !== 'success')
    throw new VedetteError('PROMQL_EXECUTION', answer.error ?? `status ${response.status}`);
  return answer;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function render(answer: PrometheusAnswer): string {
  const { resultType, result } = answer.data ?? { resultType: '', result: [] };
  if (resultType === 'scalar' || resultType === 'string') {
    const [time, value] = result as [number, string];
    return `${value} @[${time}]\n`;
  }
  const series = result as readonly Series[];
  if (series.length === 0) return 'no series match\n';
  return series
    .map(({ metric, value, values, histogram, histograms }) => {
      const floats = values ?? (value ? [value] : []);
      const points: (readonly [number, string])[] = [
        ...floats,
        ...(histograms ?? (histogram ? [histogram] : [])).map(([time, one]) => [time, histogramText(one)] as const),
      ];
      const lines = points.sort(([a], [b]) => a - b).map(([time, text]) => `${text} @[${time}]`);
      return lines.length === 1
        ? `${seriesName(metric)} => ${lines[0]}\n`
        : `${seriesName(metric)} =>\n${lines.join('\n')}\n`;
    })
    .join('');
}

/** The brackets of a bucket, by Prometheus' number of what belongs to it. */
const BRACKETS = ['(]', '[)', '()', '[]'] as const;

/** As Prometheus writes it: `{count:10, sum:18.4, [-0.25,0.25]:3, (0.5,1]:7}`. */
export function histogramText({ count, sum, buckets = [] }: Histogram): string {
  const parts = buckets.map(([rule, lower, upper, observed]) => {
    const [open, close] = BRACKETS[rule] ?? '()';
    return `${open}${lower},${upper}${close}:${observed}`;
  });
  return `{${[`count:${count}`, `sum:${sum}`, ...parts].join(', ')}}`;
}

function seriesName(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...rest } = metric;
  const labels = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return labels.length === 0 && name !== '' ? name : `${name}{${labels.join(', ')}}`;
}
