/**
 * Where JSON stops being JSON. `JSON.parse` of Node 20 often quotes the place instead of counting it, so a small scanner walks
 * the same grammar (RFC 8259) without recursion and stops at the first character that cannot follow.
 */
export interface JsonFault {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const SPACE = /[ \t\n\r]*/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or close' | 'end';

export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  const fault = (message: string): JsonFault => ({ offset, ...lineAndColumn(text, offset), message });
  const afterValue = (): Expected => (open.length === 0 ? 'end' : ', or close');
  for (;;) {
    SPACE.lastIndex = offset;
    SPACE.exec(text);
    offset = SPACE.lastIndex;
    const character = text[offset];
    if (character === undefined) {
      return expected === 'end'
        ? undefined
        : fault(`the text ends where ${words(expected, open.at(-1))} should follow`);
    }
    const wrong = (): JsonFault =>
      fault(`unexpected ${JSON.stringify(character)}; expected ${words(expected, open.at(-1))}`);
    if (expected === 'end') return fault(`unexpected ${JSON.stringify(character)} after the end of the document`);
    if (expected === ':') {
      if (character !== ':') return wrong();
      offset++;
      expected = 'value';
    } else if (expected === ', or close') {
      const close = open.at(-1) === '{' ? '}' : ']';
      if (character === ',') expected = open.at(-1) === '{' ? 'key' : 'value';
      else if (character === close) {
        open.pop();
        expected = afterValue();
      } else return wrong();
      offset++;
    } else if ((expected === 'key or }' && character === '}') || (expected === 'value or ]' && character === ']')) {
      open.pop();
      offset++;
      expected = afterValue();
    } else if (expected === 'key' || expected === 'key or }') {
      const end = endOfString(text, offset);
      if (end === undefined) return character === '"' ? fault(BAD_STRING) : wrong();
      offset = end;
      expected = ':';
    } else if (character === '{' || character === '[') {
      open.push(character);
      offset++;
      expected = character === '{' ? 'key or }' : 'value or ]';
    } else {
      const end = endOfString(text, offset) ?? endOfLiteral(text, offset);
      if (end === undefined) return character === '"' ? fault(BAD_STRING) : wrong();
      offset = end;
      expected = afterValue();
    }
  }
}

const BAD_STRING = 'this text is not closed, or holds a line break or a bad escape';

/** Offset after the closing quote; undefined when no well-formed string starts here. A loop, as strings may be long. */
function endOfString(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  for (let at = start + 1; at < text.length;) {
    const character = text[at] as string;
    if (character === '"') return at + 1;
    if (character < ' ') return undefined;
    if (character === '\\') {
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) return undefined;
      at = ESCAPE.lastIndex;
    } else at++;
  }
  return undefined;
}

function endOfLiteral(text: string, start: number): number | undefined {
  LITERAL.lastIndex = start;
  return LITERAL.test(text) ? LITERAL.lastIndex : undefined;
}

export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++;
  return { line, column: offset - lineStart + 1 };
}

function words(expected: Expected, inside: '{' | '[' | undefined): string {
  switch (expected) {
    case 'value':
      return 'a value';
    case 'value or ]':
      return 'a value or "]"';
    case 'key':
      return 'a name in double quotes';
    case 'key or }':
      return 'a name in double quotes or "}"';
    case ':':
      return '":"';
    case ', or close':
      return inside === '{' ? '"," or "}"' : '"," or "]"';
    case 'end':
      return 'nothing more';
  }
}
