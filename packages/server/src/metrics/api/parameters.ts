import type { FastifyRequest } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import type { Matcher } from '../../model/matcher.ts';
import { parseSelector } from '../query/index.ts';

/** Parameters of a request: the query string and, for a form, the body. Errors are QUERY_BAD_PARAMETER in Prometheus' words. */
export class Parameters {
  readonly #values: URLSearchParams;

  constructor(request: FastifyRequest) {
    const mark = request.url.indexOf('?');
    this.#values = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
    if (typeof request.body === 'string') {
      // As Go's ParseForm: the body's values come first.
      const form = new URLSearchParams(request.body);
      for (const [name, value] of this.#values) form.append(name, value);
      this.#values = form;
    }
  }

  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** The PromQL text; throws when there is none. */
  query(): string {
    const query = this.text('query');
    if (query.trim() === '') throw badParameter('query', 'unknown position: parse error: no expression found in input');
    return query;
  }

  all(name: string): readonly string[] {
    return this.#values.getAll(name);
  }

  /** Milliseconds of a unix time in seconds or an RFC 3339 time; `otherwise` when absent. */
  time(name: string, otherwise?: number): number {
    const text = this.text(name);
    if (text === '') {
      if (otherwise !== undefined) return otherwise;
      throw badParameter(name, `cannot parse "" to a valid timestamp`);
    }
    const ms = parseTime(text);
    if (ms === undefined) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
    return ms;
  }

  /** Milliseconds of seconds or a Prometheus duration; undefined when absent. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    const seconds = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    const ms = seconds === undefined ? parseDuration(text) : Math.round(seconds * 1000);
    if (ms === undefined || !Number.isSafeInteger(ms))
      throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
    return ms;
  }

  /** A whole number; 0 and absence mean no limit. */
  limit(name = 'limit'): number | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
      throw badParameter(name, 'limit must be non-negative');
    return Number(text) === 0 ? undefined : Number(text);
  }

  /** The `match[]` selectors. */
  matcherSets(): readonly (readonly Matcher[])[] {
    return this.all('match[]').map((text) => {
      try {
        return parseSelector(text);
      } catch (error) {
        if (!(error instanceof VedetteError)) throw error;
        throw badParameter('match[]', error.message, error);
      }
    });
  }
}

export function badParameter(name: string, reason: string, cause?: VedetteError): VedetteError {
  const options = cause ? { cause, details: cause.details } : {};
  return new VedetteError('QUERY_BAD_PARAMETER', `invalid parameter ${JSON.stringify(name)}: ${reason}`, options);
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

function parseTime(text: string): number | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const ms = Math.round(Number(text) * 1000);
    return Number.isSafeInteger(ms) ? ms : undefined;
  }
  if (!RFC_3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
