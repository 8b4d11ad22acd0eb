/**
 * Dashboard queries hold variables (`$x`, `${x:fmt}`, `[[x]]`) that only the browser can fill in. To check a query when a dashboard
 * is read, each variable is replaced by something harmless that fits its place; positions in the answer are mapped back.
 */
export interface FilledExpression {
  readonly text: string;
  readonly variableCount: number;
  /** The place in the original text; a place inside a filler becomes the start (`end`: the end) of its variable. */
  original(position: number, side: 'start' | 'end'): number;
  /** True when the span touches a filler, so that the fault may come from the filler and not from the author. */
  touchesVariable(start: number, end: number): boolean;
}

interface Filling {
  readonly from: number;
  readonly to: number;
  readonly filledFrom: number;
  readonly filledTo: number;
}

const VARIABLE = /\$\{(\w+)(?:\.[\w.]+)?(?::[^}]*)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g;

const DURATION_VARIABLES = new Set(['__interval', '__rate_interval', '__range', '__auto_interval']);
const NUMBER_VARIABLES = new Set(['__interval_ms', '__range_s', '__range_ms', '__from', '__to', '__rate_interval_ms']);

/** `values` may give the present value of a variable, used instead of the guess from its place. */
export function fillVariables(expression: string, values: ReadonlyMap<string, string> = new Map()): FilledExpression {
  const fillings: Filling[] = [];
  let text = '';
  let from = 0;
  const places = new PlaceReader(expression);
  for (const match of expression.matchAll(VARIABLE)) {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const place = places.at(match.index, match.index + match[0].length);
    const filler = fillerFor(name, place, values.get(name));
    text += expression.slice(from, match.index);
    fillings.push({
      from: match.index,
      to: match.index + match[0].length,
      filledFrom: text.length,
      filledTo: text.length + filler.length,
    });
    text += filler;
    from = match.index + match[0].length;
  }
  text += expression.slice(from);
  return {
    text,
    variableCount: fillings.length,
    original: (position, side) => {
      let shift = 0;
      for (const filling of fillings) {
        if (position < filling.filledFrom) break;
        const inside =
          side === 'start'
            ? position < filling.filledTo
            : position > filling.filledFrom && position <= filling.filledTo;
        if (inside) return side === 'start' ? filling.from : filling.to;
        if (position >= filling.filledTo) shift = filling.to - filling.filledTo;
      }
      return Math.min(expression.length, position + shift);
    },
    touchesVariable: (start, end) =>
      fillings.some((filling) => filling.filledFrom <= Math.max(start, end) && filling.filledTo >= start),
  };
}

type Place = 'string' | 'duration' | 'number' | 'name';

function fillerFor(name: string, place: Place, value: string | undefined): string {
  if (place === 'string') return 'x';
  if (DURATION_VARIABLES.has(name)) return '5m';
  if (NUMBER_VARIABLES.has(name)) return '300';
  if (value !== undefined) return value;
  return place === 'duration' ? '5m' : place === 'number' ? '1' : 'x';
}

/** Reads forward once, remembering quotes and brackets, and says what a variable at a position stands for. */
class PlaceReader {
  readonly #text: string;
  #at = 0;
  #quote = '';
  #brackets = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(start: number, end: number): Place {
    this.#readTo(start);
    this.#at = end;
    if (this.#quote !== '') return 'string';
    if (this.#brackets > 0) return 'duration';
    const before = this.#text.slice(Math.max(0, start - CONTEXT), start);
    if (/\boffset\s+-?$/.test(before)) return 'duration';
    const after = this.#text.slice(end, end + CONTEXT);
    // `topk($n, …)`, `> $limit`, `* $factor`: a number fits; `$metric{…}` and `sum($metric)` want a name.
    if (/[-+*/%^<>=]\s*$/.test(before) && !/^\s*[{[(\w:]/.test(after)) return 'number';
    if (/\(\s*$/.test(before) && /^\s*,/.test(after)) return 'number';
    return 'name';
  }

  #readTo(end: number): void {
    for (; this.#at < end; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (this.#quote !== '') {
        if (character === '\\' && this.#quote !== '`') this.#at++;
        else if (character === this.#quote) this.#quote = '';
      } else if (character === '"' || character === "'" || character === '`') this.#quote = character;
      else if (character === '[') this.#brackets++;
      else if (character === ']') this.#brackets = Math.max(0, this.#brackets - 1);
    }
  }
}

/** Characters around a variable that decide its place. */
const CONTEXT = 16;
