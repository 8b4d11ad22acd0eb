import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type NativeHistogram, bucketIndexes, usesCustomBuckets } from '@vedette/wire/histogram';
import { deadline } from '../../base/deadline.ts';
import { type Labels, METRIC_NAME, compareCodeUnits } from '../../model/labels.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { isStale } from '../../model/stale.ts';
import { formatGeneral } from '../query/index.ts';
import { sendChunks } from '../../base/answer-stream.ts';
import { clientSignal } from '../../base/client-signal.ts';
import { withExternal } from './external-labels.ts';
import type { RouteDeps } from './metrics-api.ts';
import { Parameters } from './parameters.ts';
import { sendPlainError } from './plain-error.ts';
import type { QueryGate } from './query-gate.ts';
import { Turns } from './turns.ts';

const CHUNK_CHARS = 64 * 1024;

interface LastSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram: NativeHistogram | undefined;
}

/** /federate: the newest sample of each matching series as a metrics page. */
export function registerFederateRoutes(scope: FastifyInstance, deps: RouteDeps, gate: QueryGate): void {
  void scope.register(async (inner) => {
    inner.setErrorHandler(async (error, _request, reply) => sendPlainError(reply, error, deps.logger));
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const parameters = new Parameters(request);
      const signal = clientSignal(reply);
      const samples = await gate.run(async () => {
        using limit = deadline(deps.clock, deps.limits.timeoutMs, signal);
        return lastSamples(deps, parameters, limit.signal);
      }, signal);
      const utf8 = /escaping=allow-utf-8/.test(String(request.headers.accept ?? ''));
      void reply.type(`text/plain; version=0.0.4; charset=utf-8; escaping=${utf8 ? 'allow-utf-8' : 'underscores'}`);
      return sendChunks(request, reply, deps.clock, page(samples, deps.externalLabels?.() ?? {}, utf8));
    };
    inner.get('/federate', handler);
  });
}

async function lastSamples(deps: RouteDeps, parameters: Parameters, signal: AbortSignal): Promise<LastSample[]> {
  const turns = new Turns(deps.clock, signal);
  const endMs = deps.clock.now() as number;
  const startMs = endMs - deps.limits.lookbackDeltaMs;
  const found = new Map<string, LastSample>();
  const buffer = new SampleBuffer();
  for (const matchers of parameters.matcherSets()) {
    const set = await deps.store.select({ matchers, startMs, endMs, samplesMax: deps.limits.samplesMax }, signal);
    for (const [index, labels] of set.labels.entries()) {
      if (turns.due) await turns.next();
      if (labels.metricName === '' || found.has(labels.key)) continue;
      set.read(index, buffer);
      const last = buffer.length - 1;
      if (last < 0) continue;
      const value = buffer.value[last] as number;
      const histogram = buffer.histogram?.[last];
      // The format has no stale markers: a series that ended is left out.
      if (histogram ? isStale(histogram.sum) : isStale(value)) continue;
      // Exponential histograms have no form in the text format, as in Prometheus.
      if (histogram && !usesCustomBuckets(histogram)) continue;
      found.set(labels.key, { labels, timestampMs: buffer.timestampMs[last] as number, value, histogram });
    }
  }
  await turns.next();
  return [...found.values()].sort(
    (a, b) =>
      compareCodeUnits(a.labels.metricName, b.labels.metricName) ||
      Number(a.histogram !== undefined) - Number(b.histogram !== undefined) ||
      compareCodeUnits(a.labels.key, b.labels.key),
  );
}

function* page(
  samples: readonly LastSample[],
  externalLabels: Readonly<Record<string, string>>,
  utf8: boolean,
): Generator<string, undefined> {
  const external = Object.entries(externalLabels);
  // A missing `instance` is said to be empty, so that the reader does not put its own there.
  const bareInstance = !Object.hasOwn(externalLabels, 'instance');
  let text = '';
  let family = '';
  for (const { labels, timestampMs, value, histogram } of samples) {
    const name = labels.metricName;
    const type = histogram ? 'histogram' : 'untyped';
    const written = nameText(name, utf8);
    if (family !== `${name} ${type}`) {
      family = `${name} ${type}`;
      text += `# TYPE ${written.header} ${type}\n`;
    }
    const pairs = labelTexts(withExternal(labels, external), utf8);
    if (bareInstance && !labels.has('instance')) pairs.push('instance=""');
    const line = (suffix: string, extra: readonly string[], number: number): string => {
      const inside = [...written.inside(suffix), ...pairs, ...extra];
      const braces = inside.length === 0 ? '' : `{${inside.join(',')}}`;
      return `${written.before(suffix)}${braces} ${formatGeneral(number)} ${timestampMs}\n`;
    };
    if (histogram) {
      for (const [le, count] of cumulative(histogram)) text += line('_bucket', [`le="${le}"`], count);
      text += line('_sum', [], histogram.sum) + line('_count', [], histogram.count);
    } else {
      text += line('', [], value);
    }
    if (text.length >= CHUNK_CHARS) {
      yield text;
      text = '';
    }
  }
  yield text;
  return undefined;
}

function cumulative(histogram: NativeHistogram): readonly (readonly [string, number])[] {
  const counts = new Map<number, number>();
  for (const [index, place] of bucketIndexes(histogram.positiveSpans))
    counts.set(index, histogram.positiveBuckets[place] as number);
  let sum = 0;
  const rows: [string, number][] = [...histogram.customValues].map((bound, i) => [
    formatGeneral(bound),
    (sum += counts.get(i) ?? 0),
  ]);
  rows.push(['+Inf', histogram.count]);
  return rows;
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

interface NameText {
  /** In a TYPE line. */
  readonly header: string;
  /** Before the braces, and as the first of what is inside them: a name of other characters is quoted and stands inside. */
  before(suffix: string): string;
  inside(suffix: string): readonly string[];
}

function nameText(name: string, utf8: boolean): NameText {
  if (LEGACY_METRIC.test(name) || !utf8) {
    const plain = underscored(name, /[^a-zA-Z0-9_:]/gu);
    return { header: plain, before: (suffix) => plain + suffix, inside: () => [] };
  }
  const quoted = (suffix: string): string => `"${escapeText(name + suffix)}"`;
  return { header: quoted(''), before: () => '', inside: (suffix) => [quoted(suffix)] };
}

function labelTexts(labels: Labels, utf8: boolean): string[] {
  const texts: string[] = [];
  for (const [name, value] of labels) {
    if (name === METRIC_NAME) continue;
    const written = LEGACY_LABEL.test(name)
      ? name
      : utf8
        ? `"${escapeText(name)}"`
        : underscored(name, /[^a-zA-Z0-9_]/gu);
    texts.push(`${written}="${escapeText(value)}"`);
  }
  return texts;
}

/** What older readers understand: every other character as an underscore, one before a leading digit. */
function underscored(name: string, others: RegExp): string {
  const plain = name.replace(others, '_');
  return /^\d/.test(plain) ? `_${plain.slice(1)}` : plain;
}

function escapeText(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
