import { type LookupWindow, labelNames, labelValues, queryInstant, seriesOf } from '../../api/prometheus.ts';

/** What a variable's query asks for, read from Grafana's query language for Prometheus variables. */
export type Lookup =
  | { readonly kind: 'labelValues'; readonly label: string; readonly selector: string }
  | { readonly kind: 'labelNames'; readonly selector: string }
  | { readonly kind: 'metrics'; readonly pattern: string }
  | { readonly kind: 'queryResult'; readonly expr: string }
  | { readonly kind: 'series'; readonly selector: string };

export function parseLookup(query: string): Lookup | null {
  const text = query.trim();
  const call = /^(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)$/.exec(text);
  if (!call) return text === '' ? null : { kind: 'series', selector: text };
  const body = (call[2] ?? '').trim();
  switch (call[1]) {
    case 'label_names':
      return { kind: 'labelNames', selector: body };
    case 'metrics':
      return { kind: 'metrics', pattern: body === '' ? '.*' : body };
    case 'query_result':
      return { kind: 'queryResult', expr: body };
    default: {
      // The label is what follows the last comma outside braces; a label value may hold commas itself.
      const at = body.lastIndexOf(',');
      if (at < 0 || body.indexOf('}', at) >= 0) return { kind: 'labelValues', label: body, selector: '' };
      return { kind: 'labelValues', label: body.slice(at + 1).trim(), selector: body.slice(0, at).trim() };
    }
  }
}

export async function runLookup(lookup: Lookup, window: LookupWindow, signal: AbortSignal): Promise<readonly string[]> {
  switch (lookup.kind) {
    case 'labelValues':
      return labelValues(lookup.label, lookup.selector === '' ? [] : [lookup.selector], window, signal);
    case 'labelNames':
      return labelNames(lookup.selector === '' ? [] : [lookup.selector], window, signal);
    case 'metrics': {
      const quoted = JSON.stringify(`.*(?:${lookup.pattern}).*`);
      return labelValues('__name__', [`{__name__=~${quoted}}`], window, signal);
    }
    case 'series': {
      const found = await seriesOf([lookup.selector], window, signal);
      return found.map((labels) => labelText(labels));
    }
    case 'queryResult': {
      const { data } = await queryInstant(lookup.expr, window.endMs, signal);
      if (data.resultType === 'vector') {
        return data.result.map(
          ({ metric, value }) => `${labelText(metric)} ${value[1]} ${Math.round(value[0] * 1000)}`,
        );
      }
      return data.resultType === 'matrix' ? [] : [data.result[1]];
    }
  }
}

function labelText({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}}`;
}
