import type { Clock, UnixMs } from '../base/clock.ts';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import { Labels } from '../model/labels.ts';
import { formatHistogram } from '../metrics/query/index.ts';
import type { InstantSample, QueryEngine } from '../model/ports.ts';
import {
  type ParsedTemplate,
  QUERY_SAMPLES_MAX,
  type TemplateFunction,
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
  parseTemplate,
  prometheusFunctions,
  render,
  sampleRecord,
} from '../template/index.ts';

const VARIABLES = ['$labels', '$externalLabels', '$externalURL', '$value'];
const CHECK_FUNCTIONS = prometheusFunctions({ externalUrl: '' });

/** The fault of a label's or annotation's template, if it has one. */
export function checkRuleTemplate(text: string): VedetteError | undefined {
  if (!text.includes('{{')) return undefined;
  try {
    parseTemplate(text, { functions: CHECK_FUNCTIONS, variables: VARIABLES });
    return undefined;
  } catch (error) {
    if (isVedetteError(error, 'TEMPLATE_INVALID')) return error;
    throw error;
  }
}

export interface AnnotationSettings {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

export interface AnnotationInput {
  readonly labels: Labels;
  /** See templateValue. */
  readonly value: TemplateValue;
  readonly at: UnixMs;
  readonly signal: AbortSignal;
  /** Answers to the queries of this rule's templates at this moment, shared by its alerts: mostly all ask the same. */
  readonly queries: Map<string, Promise<TemplateValue>>;
  /** What the templates of this rule may still take together, waits for queries not counted; none is run after that. */
  readonly time: TemplateTime;
}

export interface TemplateTime {
  leftMs: number;
}

/** A sample's value as templates see it: a float, or a native histogram with its text. */
export function templateValue({ value, histogram }: Pick<InstantSample, 'value' | 'histogram'>): TemplateValue {
  if (!histogram) return value;
  return new TemplateRecord('*histogram.FloatHistogram', {}, { text: formatHistogram(histogram) });
}

/** Answers kept during one evaluation of a rule; queries that name the alert's own labels all differ. */
const ANSWERS_MAX = 16;

/** Parsed templates kept; a reload makes a new writer, so this only guards against sources with endless variety. */
const PARSED_MAX = 20_000;

/** Fills in the templates of alerting rules. A template that fails leaves its error as text, so that the alert still goes out. */
export class AnnotationWriter {
  readonly #engine: QueryEngine;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #settings: AnnotationSettings;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #externalLabels: TemplateMap;
  readonly #parsed = new Map<string, ParsedTemplate | VedetteError>();

  constructor(engine: QueryEngine, settings: AnnotationSettings, clock: Pick<Clock, 'monotonicMs'>) {
    this.#engine = engine;
    this.#clock = clock;
    this.#settings = settings;
    this.#functions = prometheusFunctions({ externalUrl: settings.externalUrl });
    this.#externalLabels = TemplateMap.ofStrings(Object.entries(settings.externalLabels));
  }

  async expand(
    templates: Readonly<Record<string, string>>,
    input: AnnotationInput,
    onError: (name: string, error: unknown) => void,
  ): Promise<Record<string, string>> {
    const result: Record<string, string> = {};
    for (const [name, text] of Object.entries(templates)) {
      if (!text.includes('{{')) {
        result[name] = text;
        continue;
      }
      try {
        result[name] = await this.#render(text, input);
      } catch (error) {
        input.signal.throwIfAborted();
        onError(name, error);
        result[name] = `<error expanding template: ${errorMessage(error)}>`;
      }
    }
    return result;
  }

  async #render(text: string, { labels, value, at, signal, queries, time }: AnnotationInput): Promise<string> {
    if (time.leftMs <= 0) {
      throw new VedetteError(
        'TEMPLATE_INVALID',
        "the templates of this rule's alerts took too long; make them simpler, or the alerts fewer",
      );
    }
    const parsed = this.#parse(text);
    if (parsed instanceof VedetteError) throw parsed;
    const labelMap = TemplateMap.ofStrings(labels);
    const fields: Record<string, TemplateValue> = {
      Labels: labelMap,
      ExternalLabels: this.#externalLabels,
      ExternalURL: this.#settings.externalUrl,
      Value: value,
    };
    const data = new TemplateRecord('struct', fields);
    const variables = new Map<string, TemplateValue>([
      ['$labels', labelMap],
      ['$externalLabels', this.#externalLabels],
      ['$externalURL', this.#settings.externalUrl],
      ['$value', value],
    ]);
    const query = (expression: string): Promise<TemplateValue> => {
      const known = queries.get(expression);
      if (known) return known;
      const answer = this.#query(expression, at, signal);
      if (queries.size < ANSWERS_MAX) queries.set(expression, answer);
      return answer;
    };
    return render(parsed, {
      data,
      variables,
      functions: this.#functions,
      query,
      nowMs: at,
      signal,
      clock: this.#clock,
      onRun: (ranMs) => (time.leftMs -= ranMs),
    });
  }

  #parse(text: string): ParsedTemplate | VedetteError {
    const known = this.#parsed.get(text);
    if (known) return known;
    const parsed = checkRuleTemplate(text) ?? parseTemplate(text, { functions: this.#functions, variables: VARIABLES });
    if (this.#parsed.size < PARSED_MAX) this.#parsed.set(text, parsed);
    return parsed;
  }

  async #query(expression: string, at: UnixMs, signal: AbortSignal): Promise<TemplateValue> {
    const result = await this.#engine.instant(expression, at, { signal });
    if (result.type === 'scalar') return [sampleRecord(Labels.EMPTY, result.value)];
    if (result.type !== 'vector') {
      throw new VedetteError(
        'TEMPLATE_INVALID',
        `query "${expression}" gives a ${result.type}; a template needs a vector or a scalar`,
      );
    }
    if (result.samples.length > QUERY_SAMPLES_MAX) {
      throw new VedetteError(
        'TEMPLATE_INVALID',
        `query "${expression}" gives more than ${QUERY_SAMPLES_MAX} series; aggregate it`,
      );
    }
    return result.samples.map((sample) => sampleRecord(sample.labels, templateValue(sample)));
  }
}
