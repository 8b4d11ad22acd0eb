import { errorMessage, isVedetteError } from '../base/errors.ts';
import { templateFault } from './fault.ts';
import { NESTING_MAX, OUTPUT_CHARS_MAX, STEPS_MAX } from './limits.ts';
import { Work } from './work.ts';
import type { BranchNode, Command, Node, Operand, ParsedTemplate, Pipe, TemplateSource } from './syntax.ts';
import {
  type CallContext,
  type TemplateFunction,
  TemplateList,
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
  formatValue,
  isList,
  isTrue,
  typeName,
} from './values.ts';

export interface EvaluateOptions {
  readonly data: TemplateValue;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** With their dollar sign; `$` is the data itself. */
  readonly variables?: ReadonlyMap<string, TemplateValue>;
  readonly query: CallContext['query'];
  /** The moment the template speaks about; `now` fails without it. */
  readonly nowMs?: number;
  /** What the run may cost; runs of one template may share one. */
  readonly work?: Work;
}

/** Thrown through the evaluator, by `query`, to ask for something that needs a wait. */
export class QueryNeeded extends Error {
  readonly expression: string;

  constructor(expression: string) {
    super('the answer of a query is needed');
    this.expression = expression;
  }
}

/** Runs a template; synchronous and bounded. Throws TEMPLATE_INVALID at the place that failed. */
export function evaluate(template: ParsedTemplate, options: EvaluateOptions): string {
  return new Run(template, options).run();
}

type Flow = 'next' | 'break' | 'continue';

/** A node visited, in units of work. */
const STEP_WORK = 50;

/** A call that looks once at all it is given. */
function argumentWork(args: readonly TemplateValue[]): number {
  let units = args.length;
  for (const arg of args) if (typeof arg === 'string' || isList(arg)) units += arg.length;
  return units;
}

class Run implements CallContext {
  readonly #template: ParsedTemplate;
  readonly #options: EvaluateOptions;
  #variables: { readonly name: string; value: TemplateValue }[] = [];
  #out: string[] = [];
  #outChars = 0;
  #steps = 0;
  #depth = 0;
  #offset = 0;
  readonly #work: Work;
  /** Of the nodes that run now: named templates may come from other files. */
  #source: TemplateSource;

  constructor(template: ParsedTemplate, options: EvaluateOptions) {
    this.#template = template;
    this.#source = template.source;
    this.#options = options;
    this.#work = options.work ?? new Work();
  }

  run(): string {
    this.#body(this.#template.body, this.#options.data);
    return this.#out.join('');
  }

  runTemplate(name: string, data: TemplateValue): string {
    const saved = { out: this.#out, chars: this.#outChars };
    this.#out = [];
    this.#named(name, data, this.#offset);
    const text = this.#out.join('');
    this.#out = saved.out;
    this.#outChars = saved.chars;
    return text;
  }

  query(expression: string): TemplateValue {
    return this.#options.query(expression);
  }

  now(): number {
    if (this.#options.nowMs === undefined)
      throw new Error('there is no evaluation here that `now` could be the time of');
    return this.#options.nowMs;
  }

  spend(units: number): void {
    this.#work.spend(units);
  }

  #fault(offset: number, message: string, cause?: unknown): Error {
    return templateFault(this.#source, offset, message, cause);
  }

  #step(offset: number): void {
    this.#offset = offset;
    if (++this.#steps > STEPS_MAX) throw this.#fault(offset, `more than ${STEPS_MAX} steps; use a smaller range`);
    this.#spend(STEP_WORK + this.#variables.length, offset);
  }

  #spend(units: number, offset: number): void {
    try {
      this.#work.spend(units);
    } catch (error) {
      throw this.#fault(offset, errorMessage(error), error);
    }
  }

  #write(text: string, offset: number): void {
    this.#outChars += text.length;
    if (this.#outChars > OUTPUT_CHARS_MAX) throw this.#fault(offset, `output over ${OUTPUT_CHARS_MAX} characters`);
    this.#out.push(text);
  }

  /** A template's own body: fresh variables, `$` and those from outside. */
  #body(nodes: readonly Node[], data: TemplateValue): void {
    const saved = this.#variables;
    this.#variables = [{ name: '$', value: data }];
    for (const [name, value] of this.#options.variables ?? []) this.#variables.push({ name, value });
    this.#list(nodes, data);
    this.#variables = saved;
  }

  #named(name: string, data: TemplateValue, offset: number): void {
    const defined = this.#template.defined.get(name);
    if (!defined) throw this.#fault(offset, `template "${name}" not defined`);
    if (++this.#depth > NESTING_MAX)
      throw this.#fault(offset, `templates call each other deeper than ${NESTING_MAX} levels`);
    const caller = { source: this.#source, offset };
    this.#source = defined.source;
    this.#body(defined.body, data);
    this.#source = caller.source;
    this.#offset = caller.offset;
    this.#depth--;
  }

  #list(nodes: readonly Node[], dot: TemplateValue): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #node(node: Node, dot: TemplateValue): Flow {
    switch (node.kind) {
      case 'text':
        this.#step(this.#offset);
        this.#write(node.text, this.#offset);
        return 'next';
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(this.#printed(value, node.pipe.offset), node.pipe.offset);
        return 'next';
      }
      case 'if':
      case 'with':
        return this.#branch(node, dot);
      case 'range':
        return this.#range(node, dot);
      case 'template':
        this.#step(node.offset);
        this.#named(node.name, node.pipe ? this.#pipe(node.pipe, dot) : undefined, node.offset);
        return 'next';
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #printed(value: TemplateValue, offset: number): string {
    if (value === undefined) return '<no value>';
    if (typeof value === 'string') return value;
    try {
      return formatValue(value);
    } catch (error) {
      throw this.#fault(offset, errorMessage(error), error);
    }
  }

  #branch(node: BranchNode, dot: TemplateValue): Flow {
    const mark = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    let flow: Flow = 'next';
    if (isTrue(value)) flow = this.#list(node.body, node.kind === 'with' ? value : dot);
    else if (node.otherwise) flow = this.#list(node.otherwise, dot);
    this.#variables.length = mark;
    return flow;
  }

  #range(node: BranchNode, dot: TemplateValue): Flow {
    const mark = this.#variables.length;
    // Elements, not the collection, go into the variables: evaluate without declaring.
    const value = this.#pipe({ ...node.pipe, variables: [] }, dot);
    const { variables, assigns } = node.pipe;
    let empty = true;
    for (const [key, item] of this.#entries(value, node.offset)) {
      empty = false;
      this.#step(node.offset);
      const inner = this.#variables.length;
      const values = variables.length === 2 ? [key, item] : [item];
      for (const [i, name] of variables.entries()) this.#set(name, values[i], assigns);
      const flow = this.#list(node.body, item);
      this.#variables.length = inner;
      if (flow === 'break') break;
    }
    let flow: Flow = 'next';
    if (empty && node.otherwise) flow = this.#list(node.otherwise, dot);
    this.#variables.length = mark;
    return flow;
  }

  *#entries(value: TemplateValue, offset: number): Generator<readonly [TemplateValue, TemplateValue]> {
    if (value === undefined) return;
    if (isList(value)) {
      for (const [i, item] of value.entries()) yield [BigInt(i), item];
    } else if (value instanceof TemplateMap) {
      for (const key of value.sortedKeys()) yield [key, value.entries.get(key)];
    } else if (typeof value === 'bigint') {
      for (let i = 0n; i < value; i++) yield [i, i];
    } else {
      throw this.#fault(offset, `range can't iterate over ${typeName(value)}`);
    }
  }

  #set(name: string, value: TemplateValue, assigns: boolean): void {
    if (!assigns) {
      this.#variables.push({ name, value });
      return;
    }
    const variable = this.#variables.findLast((other) => other.name === name);
    if (variable) variable.value = value;
  }

  #pipe(pipe: Pipe, dot: TemplateValue): TemplateValue {
    let value: TemplateValue;
    for (const [i, command] of pipe.commands.entries()) value = this.#command(command, dot, i === 0 ? [] : [value]);
    for (const name of pipe.variables) this.#set(name, value, pipe.assigns);
    return value;
  }

  /** `piped` holds the previous command's value, which becomes the last argument. */
  #command(command: Command, dot: TemplateValue, piped: readonly TemplateValue[]): TemplateValue {
    this.#step(command.offset);
    const [first, ...rest] = command.operands;
    if (!first) throw this.#fault(command.offset, 'empty command');
    if (first.kind === 'function') return this.#call(first.name, rest, piped, dot, first.offset);
    if (first.kind === 'nil') throw this.#fault(first.offset, 'nil is not a command');
    if (rest.length === 0 && piped.length === 0) return this.#operand(first, dot);
    if (first.kind === 'field' || first.kind === 'variable' || first.kind === 'pipe') {
      const args = [...rest.map((operand) => this.#operand(operand, dot)), ...piped];
      return this.#operand(first, dot, args);
    }
    throw this.#fault(first.offset, `can't give argument to non-function ${typeName(this.#operand(first, dot))}`);
  }

  #call(
    name: string,
    rest: readonly Operand[],
    piped: readonly TemplateValue[],
    dot: TemplateValue,
    offset: number,
  ): TemplateValue {
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, rest, piped, dot, offset);
    const call = this.#options.functions.get(name);
    if (!call) throw this.#fault(offset, `function "${name}" not defined`);
    const args = [...rest.map((operand) => this.#operand(operand, dot)), ...piped];
    return this.#guard(name, offset, () => {
      this.#work.spend(argumentWork(args));
      return call(args, this);
    });
  }

  #guard(name: string, offset: number, call: () => TemplateValue): TemplateValue {
    let value: TemplateValue;
    try {
      value = call();
    } catch (error) {
      if (error instanceof QueryNeeded || isVedetteError(error, 'TEMPLATE_INVALID')) throw error;
      throw this.#fault(offset, `error calling ${name}: ${errorMessage(error)}`, error);
    }
    if (typeof value === 'string' && value.length > OUTPUT_CHARS_MAX) {
      throw this.#fault(offset, `${name} made more than ${OUTPUT_CHARS_MAX} characters`);
    }
    return value;
  }

  #shortCircuit(
    name: 'and' | 'or',
    rest: readonly Operand[],
    piped: readonly TemplateValue[],
    dot: TemplateValue,
    offset: number,
  ): TemplateValue {
    if (rest.length + piped.length === 0) throw this.#fault(offset, `${name}: wants at least 1 argument, got 0`);
    let value: TemplateValue;
    for (const operand of rest) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #operand(operand: Operand, dot: TemplateValue, args?: readonly TemplateValue[]): TemplateValue {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'constant':
        return operand.value;
      case 'field':
        return this.#fields(dot, operand.names, operand.offset, args);
      case 'variable': {
        const variable = this.#variables.findLast((other) => other.name === operand.name);
        return this.#fields(variable?.value, operand.names, operand.offset, args);
      }
      case 'function':
        return this.#call(operand.name, [], [], dot, operand.offset);
      case 'pipe':
        return this.#fields(this.#pipe(operand.pipe, dot), operand.names, operand.offset, args);
    }
  }

  /** `args` go to the last name, which then has to be a method. */
  #fields(
    start: TemplateValue,
    names: readonly string[],
    offset: number,
    args?: readonly TemplateValue[],
  ): TemplateValue {
    if (names.length === 0 && args) throw this.#fault(offset, `can't give argument to non-function ${typeName(start)}`);
    let value = start;
    for (const [i, name] of names.entries()) {
      this.#step(offset);
      value = this.#field(value, name, offset, i === names.length - 1 ? args : undefined);
    }
    return value;
  }

  #field(
    value: TemplateValue,
    name: string,
    offset: number,
    args: readonly TemplateValue[] | undefined,
  ): TemplateValue {
    if (value instanceof TemplateMap || value instanceof TemplateRecord || value instanceof TemplateList) {
      const method = value.methods.get(name);
      if (method) {
        return this.#guard(name, offset, () => {
          this.#work.spend(argumentWork(args ?? []) + (isList(value) ? value.length : 0));
          return method(args ?? [], this);
        });
      }
    }
    if (args) throw this.#fault(offset, `${name} is not a method but has arguments`);
    if (value instanceof TemplateMap) return value.entries.has(name) ? value.entries.get(name) : value.missing;
    if (value instanceof TemplateRecord && value.fields.has(name)) return value.fields.get(name);
    if (value === undefined) throw this.#fault(offset, `nil data; no entry for key "${name}"`);
    throw this.#fault(offset, `can't evaluate field ${name} in type ${typeName(value)}`);
  }
}
