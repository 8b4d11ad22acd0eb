import { VedetteError } from '../base/errors.ts';
import { templateFault } from './fault.ts';
import { type Token, type TokenKind, lex } from './lexer.ts';
import { NESTING_MAX, TEMPLATE_CHARS_MAX } from './limits.ts';
import type {
  BranchNode,
  Command,
  DefinedTemplate,
  Node,
  Operand,
  ParsedTemplate,
  Pipe,
  TemplateSource,
} from './syntax.ts';

export interface ParseOptions {
  /** Names that may be called. */
  readonly functions: { has(name: string): boolean };
  /** Variables that exist at the start, with their dollar sign; `$` always does. */
  readonly variables?: readonly string[];
  /** Name of the file, for faults. */
  readonly file?: string;
}

/** Throws TEMPLATE_INVALID with line and column. Functions and variables must exist, as in Go. */
export function parseTemplate(text: string, options: ParseOptions): ParsedTemplate {
  if (text.length > TEMPLATE_CHARS_MAX) {
    throw new VedetteError(
      'TEMPLATE_INVALID',
      `a template of ${text.length} characters is longer than ${TEMPLATE_CHARS_MAX}; shorten it`,
    );
  }
  return new Parser(text, options).parse();
}

const KEYWORDS = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'block', 'template', 'break', 'continue']);

class Parser {
  readonly #source: TemplateSource;
  readonly #tokens: readonly Token[];
  readonly #functions: { has(name: string): boolean };
  readonly #defined = new Map<string, DefinedTemplate>();
  readonly #outer: readonly string[];
  #variables: string[];
  #at = 0;
  #depth = 0;
  #loops = 0;

  constructor(text: string, options: ParseOptions) {
    this.#source = { text, file: options.file };
    this.#tokens = lex(this.#source);
    this.#functions = options.functions;
    this.#outer = ['$', ...(options.variables ?? [])];
    this.#variables = [...this.#outer];
  }

  parse(): ParsedTemplate {
    const { nodes, stop } = this.#list();
    if (stop !== 'eof') throw this.#fault(this.#previous, `unexpected {{${stop}}}: no block is open`);
    return { source: this.#source, body: nodes, defined: this.#defined };
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get #previous(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)] as Token;
  }

  #fault(token: Token, message: string): VedetteError {
    return templateFault(this.#source, token.offset, message);
  }

  #take(): Token {
    const token = this.#token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #expect(kind: TokenKind, what: string): Token {
    const token = this.#take();
    if (token.kind !== kind) throw this.#fault(token, `expected ${what}, found ${show(token)}`);
    return token;
  }

  #enter(): void {
    if (++this.#depth > NESTING_MAX) throw this.#fault(this.#token, `nested deeper than ${NESTING_MAX} levels`);
  }

  /** Nodes up to `end`, `else` or the end of the text; the word that stopped it is consumed, what follows it is not. */
  #list(): { readonly nodes: readonly Node[]; readonly stop: 'eof' | 'end' | 'else' } {
    this.#enter();
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'end') {
        this.#depth--;
        return { nodes, stop: 'eof' };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#token;
      const keyword =
        word.kind === 'word' && KEYWORDS.has(word.text) && !this.#isCallOfBreak(word) ? word.text : undefined;
      if (keyword === undefined) {
        const pipe = this.#pipe('close', 'an action');
        nodes.push({ kind: 'action', pipe });
        continue;
      }
      this.#take();
      switch (keyword) {
        case 'end':
          this.#expect('close', '"}}" after end');
          this.#depth--;
          return { nodes, stop: 'end' };
        case 'else':
          this.#depth--;
          return { nodes, stop: 'else' };
        case 'if':
        case 'range':
        case 'with':
          nodes.push(this.#branch(keyword, word));
          break;
        case 'define':
          this.#define(word);
          break;
        case 'block':
          nodes.push(this.#block(word));
          break;
        case 'template':
          nodes.push(this.#call(word));
          break;
        case 'break':
        case 'continue':
          if (this.#loops === 0) throw this.#fault(word, `{{${keyword}}} outside {{range}}`);
          this.#expect('close', `"}}" after ${keyword}`);
          nodes.push({ kind: keyword });
          break;
        default:
          throw this.#fault(word, `unexpected {{${keyword}}}`);
      }
    }
  }

  /** `break` and `continue` are ordinary names where a function of that name exists. */
  #isCallOfBreak(word: Token): boolean {
    return (word.text === 'break' || word.text === 'continue') && this.#functions.has(word.text);
  }

  #branch(kind: BranchNode['kind'], word: Token): BranchNode {
    const variables = this.#variables.length;
    const pipe = this.#pipe('close', kind, kind === 'range');
    if (kind === 'range') this.#loops++;
    const body = this.#list();
    if (kind === 'range') this.#loops--;
    let otherwise: readonly Node[] | undefined;
    if (body.stop === 'eof') throw this.#fault(word, `{{${kind}}} is not closed: {{end}} is missing`);
    if (body.stop === 'else') {
      const next = this.#token;
      if (
        next.kind === 'word' &&
        ((kind === 'if' && next.text === 'if') || (kind === 'with' && next.text === 'with'))
      ) {
        this.#take();
        this.#enter();
        otherwise = [this.#branch(next.text === 'if' ? 'if' : 'with', next)];
        this.#depth--;
      } else {
        this.#expect('close', '"}}" after else');
        const rest = this.#list();
        if (rest.stop !== 'end')
          throw this.#fault(
            word,
            rest.stop === 'else' ? 'a second {{else}}' : `{{${kind}}} is not closed: {{end}} is missing`,
          );
        otherwise = rest.nodes;
      }
    }
    this.#variables.length = variables;
    return { kind, pipe, body: body.nodes, otherwise, offset: word.offset };
  }

  #define(word: Token): void {
    const name = this.#expect('string', 'the name of the template in quotes').text;
    this.#expect('close', '"}}" after the name');
    this.#defined.set(name, { source: this.#source, body: this.#definedBody(word, 'define', this.#outer) });
  }

  #block(word: Token): Node {
    const name = this.#expect('string', 'the name of the block in quotes').text;
    const pipe = this.#pipe('close', 'block');
    this.#defined.set(name, { source: this.#source, body: this.#definedBody(word, 'block', this.#outer) });
    return { kind: 'template', name, pipe, offset: word.offset };
  }

  /** A named body sees only the variables given from outside, none of the text around it. */
  #definedBody(word: Token, what: string, variables: readonly string[]): readonly Node[] {
    const { variables: saved, loops } = { variables: this.#variables, loops: this.#loops };
    this.#variables = [...variables];
    this.#loops = 0;
    const body = this.#list();
    if (body.stop !== 'end') throw this.#fault(word, `{{${what}}} is not closed: {{end}} is missing`);
    this.#variables = saved;
    this.#loops = loops;
    return body.nodes;
  }

  #call(word: Token): Node {
    const name = this.#expect('string', 'the name of the template in quotes').text;
    if (this.#token.kind === 'close') {
      this.#take();
      return { kind: 'template', name, pipe: undefined, offset: word.offset };
    }
    return { kind: 'template', name, pipe: this.#pipe('close', 'template'), offset: word.offset };
  }

  #pipe(close: 'close' | 'rightParen', where: string, isRange = false): Pipe {
    this.#enter();
    const offset = this.#token.offset;
    const { variables, assigns } = this.#declaration(isRange);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#token;
      if (token.kind === close) {
        this.#take();
        if (commands.length === 0) throw this.#fault(token, `missing value for ${where}`);
        break;
      }
      if (commands.length > 0) this.#expect('pipe', `"|" or the end of ${where}`);
      const command = this.#command(where);
      const first = command.operands[0];
      if (commands.length > 0 && (first?.kind === 'constant' || first?.kind === 'dot' || first?.kind === 'nil')) {
        throw templateFault(this.#source, first.offset, 'a value stands where a function is expected after "|"');
      }
      commands.push(command);
    }
    for (const name of variables) if (!assigns) this.#variables.push(name);
    this.#depth--;
    return { variables, assigns, commands, offset };
  }

  #declaration(isRange: boolean): { readonly variables: readonly string[]; readonly assigns: boolean } {
    const none = { variables: [], assigns: false };
    const first = this.#token;
    if (first.kind !== 'variable') return none;
    const names = [first];
    let ahead = this.#at + 1;
    if (isRange && this.#tokens[ahead]?.kind === 'comma') {
      const second = this.#tokens[ahead + 1];
      if (second?.kind !== 'variable') throw this.#fault(first, 'expected a second variable after ","');
      names.push(second);
      ahead += 2;
    }
    const operator = this.#tokens[ahead];
    if (operator?.kind !== 'declare' && operator?.kind !== 'assign') {
      if (names.length > 1) throw this.#fault(first, 'expected ":=" after the variables of range');
      return none;
    }
    this.#at = ahead + 1;
    if (operator.kind === 'assign') for (const name of names) this.#known(name);
    return { variables: names.map((token) => token.text), assigns: operator.kind === 'assign' };
  }

  #known(token: Token): void {
    if (!this.#variables.includes(token.text)) throw this.#fault(token, `undefined variable "${token.text}"`);
  }

  #command(where: string): Command {
    const offset = this.#token.offset;
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (!operand) break;
      operands.push(operand);
      const next = this.#token;
      if (next.kind === 'pipe' || next.kind === 'close' || next.kind === 'rightParen') break;
      if (!next.spaced && next.kind !== 'leftParen') throw this.#fault(next, `unexpected ${show(next)} in ${where}`);
    }
    if (operands.length === 0)
      throw this.#fault(this.#token, `expected a value in ${where}, found ${show(this.#token)}`);
    return { operands, offset };
  }

  #operand(): Operand | undefined {
    const token = this.#token;
    const { offset } = token;
    switch (token.kind) {
      case 'dot':
        this.#take();
        return { kind: 'dot', offset };
      case 'field':
        this.#take();
        return { kind: 'field', names: [token.text, ...this.#fields()], offset };
      case 'variable':
        this.#take();
        this.#known(token);
        return { kind: 'variable', name: token.text, names: this.#fields(), offset };
      case 'string':
        this.#take();
        return { kind: 'constant', value: token.text, offset };
      case 'char':
        this.#take();
        return { kind: 'constant', value: BigInt(token.text.codePointAt(0) ?? 0), offset };
      case 'number':
        this.#take();
        return { kind: 'constant', value: this.#number(token), offset };
      case 'word':
        this.#take();
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'constant', value: token.text === 'true', offset };
        if (token.text === 'nil') return { kind: 'nil', offset };
        if (!this.#functions.has(token.text)) throw this.#fault(token, `function "${token.text}" not defined`);
        return this.#calledAndAsked({ kind: 'function', name: token.text, offset });
      case 'leftParen': {
        this.#take();
        const pipe = this.#pipe('rightParen', 'parenthesized pipeline');
        return { kind: 'pipe', pipe, names: this.#fields(), offset };
      }
      default:
        return undefined;
    }
  }

  /** `now.Unix` asks what the function gives for a field; without one the function waits for its arguments. */
  #calledAndAsked(called: Operand): Operand {
    const names = this.#fields();
    if (names.length === 0) return called;
    const { offset } = called;
    const pipe = { variables: [], assigns: false, commands: [{ operands: [called], offset }], offset };
    return { kind: 'pipe', pipe, names, offset };
  }

  #fields(): readonly string[] {
    const names: string[] = [];
    while (this.#token.kind === 'field' && !this.#token.spaced) names.push(this.#take().text);
    return names;
  }

  #number(token: Token): number | bigint {
    const text = token.text.replaceAll('_', '');
    const isHex = /^[+-]?0[xX]/.test(text);
    if (!isHex && /[.eE]/.test(text)) return Number(text);
    const sign = text.startsWith('-') ? -1n : 1n;
    const digits = text.replace(/^[+-]/, '');
    // A leading zero means octal in Go.
    const value = sign * BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (BigInt.asIntN(64, value) !== value) throw this.#fault(token, `integer ${token.text} overflows 64 bits`);
    return value;
  }
}

function show(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the template';
    case 'close':
      return '"}}"';
    case 'field':
      return `".${token.text}"`;
    default:
      return `"${token.text}"`;
  }
}
