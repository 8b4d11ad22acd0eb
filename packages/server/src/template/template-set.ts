import { VedetteError } from '../base/errors.ts';
import { evaluate } from './evaluator.ts';
import type { OutputForm } from './html-escape.ts';
import { parseTemplate } from './parser.ts';
import type { DefinedTemplate, Node, ParsedTemplate } from './syntax.ts';
import { Work, type WorkClock } from './work.ts';
import type { TemplateFunction, TemplateValue } from './values.ts';

export interface TemplateSetOptions {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Ends a run that takes too long. */
  readonly clock?: WorkClock;
}

/** What belongs to one run. */
export interface RunOptions {
  /** Default: text as it is. */
  readonly form?: OutputForm;
  /** Take the place of the set's functions of the same names. */
  readonly functions?: ReadonlyMap<string, TemplateFunction>;
  /** For `now`. */
  readonly nowMs?: number;
}

/**
 * Several files parsed together, as Go's `template.ParseFiles`: each file is a template by its name, and what one defines all may
 * call. Later files replace what earlier ones defined under the same name, unless the new body is empty.
 */
export class TemplateSet {
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #clock: WorkClock | undefined;
  readonly #defined = new Map<string, DefinedTemplate>();

  constructor({ functions, clock }: TemplateSetOptions) {
    this.#functions = functions;
    this.#clock = clock;
  }

  /** Names that `template` may call. */
  get names(): readonly string[] {
    return [...this.#defined.keys()];
  }

  /** `name` is the file's base name. Throws TEMPLATE_INVALID with file, line and column, and adds nothing then. */
  add(name: string, text: string): void {
    const parsed = parseTemplate(text, { functions: this.#functions, file: name });
    for (const [defined, template] of parsed.defined) this.#define(defined, template);
    this.#define(name, parsed);
  }

  /** Runs a template of this set; bounded as any. Throws TEMPLATE_INVALID, also when there is none of this name. */
  execute(name: string, data: TemplateValue): string {
    const template = this.#defined.get(name);
    if (!template) throw new VedetteError('TEMPLATE_INVALID', `template "${name}" not defined`);
    return this.#run({ ...template, defined: this.#defined }, data);
  }

  /** Runs a text that may call the templates of this set, and whose own definitions go before them. Throws TEMPLATE_INVALID. */
  expand(text: string, data: TemplateValue, options: RunOptions = {}): string {
    const parsed = parseTemplate(text, { functions: this.#functions });
    const defined = parsed.defined.size === 0 ? this.#defined : new Map([...this.#defined, ...parsed.defined]);
    return this.#run({ ...parsed, defined }, data, options);
  }

  /** Throws TEMPLATE_INVALID for a text that `expand` could not even read. */
  check(text: string): void {
    parseTemplate(text, { functions: this.#functions });
  }

  #run(template: ParsedTemplate, data: TemplateValue, { functions, ...run }: RunOptions = {}): string {
    const query = (): never => {
      throw new Error('query is for the templates of rules');
    };
    return evaluate(template, {
      data,
      functions: functions ? new Map([...this.#functions, ...functions]) : this.#functions,
      query,
      work: new Work(this.#clock),
      ...run,
    });
  }

  #define(name: string, { source, body }: DefinedTemplate): void {
    if (this.#defined.has(name) && isEmpty(body)) return;
    this.#defined.set(name, { source, body });
  }
}

/** Nothing but white space, as Go counts it. */
function isEmpty(body: readonly Node[]): boolean {
  return body.every((node) => node.kind === 'text' && node.text.trim() === '');
}
