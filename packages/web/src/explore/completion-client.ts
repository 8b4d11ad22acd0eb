import { LOOKUP_LIMIT, labelNames, labelValues, seriesOf } from '../api/prometheus.ts';

/** Names offered at once; typing narrows them. */
const NAMES_MAX = 500;

interface Matcher {
  readonly name: string;
  readonly value: string;
  toString: () => string;
}

/** Completion from this server, bounded: a fleet has more series than a list can hold. Shape of codemirror-promql's client. */
export class CompletionClient {
  async labelNames(metricName?: string): Promise<string[]> {
    return quietly(labelNames(metricName ? [metricName] : [], undefined, undefined, NAMES_MAX));
  }

  async labelValues(labelName: string, metricName?: string, matchers?: readonly Matcher[]): Promise<string[]> {
    return quietly(
      labelValues(labelName, selectorOf(metricName, labelName, matchers), undefined, undefined, NAMES_MAX),
    );
  }

  async metricMetadata(): Promise<Record<string, { type: string; help: string }[]>> {
    return {}; // Types and help texts are shown beside the query, for the metrics it names only.
  }

  async series(metricName: string, matchers?: readonly Matcher[], labelName?: string): Promise<Map<string, string>[]> {
    const found = await quietly(
      seriesOf(selectorOf(metricName, labelName ?? '', matchers), undefined, undefined, NAMES_MAX),
    );
    return found.map((labels) => new Map(Object.entries(labels)));
  }

  async metricNames(prefix?: string): Promise<string[]> {
    const matchers = prefix ? [`{__name__=~${JSON.stringify(`.*${prefix.replace(/[^\w:]/g, '')}.*`)}}`] : [];
    return quietly(labelValues('__name__', matchers, undefined, undefined, prefix ? NAMES_MAX : LOOKUP_LIMIT));
  }

  async flags(): Promise<Record<string, string>> {
    return {};
  }
}

function selectorOf(metricName: string | undefined, labelName: string, matchers: readonly Matcher[] = []): string[] {
  const others = matchers
    .filter((matcher) => matcher.name !== labelName && matcher.value !== '')
    .map((matcher) => matcher.toString());
  return metricName || others.length > 0 ? [`${metricName ?? ''}{${others.join(',')}}`] : [];
}

/** A list that cannot be had leaves the editor without suggestions; running the query tells the reason. */
async function quietly<T>(answer: Promise<readonly T[]>): Promise<T[]> {
  return answer.then((values) => [...values]).catch((): T[] => []);
}
