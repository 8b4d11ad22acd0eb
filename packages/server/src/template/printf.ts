import { formatFloat } from './go-float.ts';
import { checkLevel, joined } from './joined.ts';
import { OUTPUT_CHARS_MAX } from './limits.ts';
import {
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
  formatValue,
  printedText,
  isList,
  typeName,
} from './values.ts';

interface Flags {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const VERB = /%([+\-# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.|$)/su;

/** Go's fmt.Sprintf. What does not fit prints as Go prints it: `%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, args: readonly TemplateValue[]): string {
  let out = '';
  let rest = format;
  let next = 0;
  for (;;) {
    const match = VERB.exec(rest);
    if (!match) break;
    out += rest.slice(0, match.index);
    rest = rest.slice(match.index + match[0].length);
    const [, flagText = '', widthText, precisionText, verb = ''] = match;
    const star = (): number | undefined => {
      const value = args[next++];
      return typeof value === 'bigint' ? Number(value) : undefined;
    };
    let width = widthText === '*' ? star() : widthText === undefined ? undefined : Number(widthText);
    const precision = precisionText === '*' ? star() : precisionText === undefined ? undefined : Number(precisionText);
    const minus = flagText.includes('-') || (width ?? 0) < 0;
    width = width === undefined ? undefined : Math.abs(width);
    if ((width ?? 0) > OUTPUT_CHARS_MAX || (precision ?? 0) > OUTPUT_CHARS_MAX) {
      throw new Error(`printf: width or precision over ${OUTPUT_CHARS_MAX}`);
    }
    if (verb === '') {
      out += '%!(NOVERB)';
      break;
    }
    if (verb === '%') {
      out += '%';
      continue;
    }
    if (next >= args.length) {
      out += `%!${verb}(MISSING)`;
      continue;
    }
    out += formatVerb(verb, args[next++], {
      plus: flagText.includes('+'),
      minus,
      sharp: flagText.includes('#'),
      space: flagText.includes(' '),
      zero: flagText.includes('0') && !minus,
      width,
      precision,
    });
    if (out.length > OUTPUT_CHARS_MAX) throw new Error(`printf: output over ${OUTPUT_CHARS_MAX} characters`);
  }
  out += rest;
  if (next < args.length)
    out += `%!(EXTRA ${joined(
      args.slice(next).map((arg) => `${typeName(arg)}=${formatValue(arg)}`),
      ', ',
    )})`;
  return out;
}

function formatVerb(verb: string, value: TemplateValue, flags: Flags, level = 0): string {
  const printed = 'vsq'.includes(verb) && !flags.sharp ? printedText(value) : undefined;
  if (printed !== undefined) return formatText(verb, printed, flags);
  checkLevel(level);
  if (verb === 'T') return pad(typeName(value), flags);
  if (verb === 'v') {
    if (flags.sharp) return pad(goSyntax(value), flags);
    if (typeof value === 'number') return formatNumberVerb('g', value, flags);
    if (typeof value === 'bigint') return formatInteger('d', value, flags);
    return pad(formatValue(value), flags);
  }
  const inside = (item: TemplateValue): string => formatVerb(verb, item, flags, level + 1);
  if (isList(value)) return `[${joined(mapped(value, inside))}]`;
  if (value instanceof TemplateMap) {
    const entry = (key: string): string => `${inside(key)}:${inside(value.entries.get(key))}`;
    return `map[${joined(mapped(value.sortedKeys(), entry))}]`;
  }
  if (value instanceof TemplateRecord && value.text === undefined)
    return `{${joined(mapped(value.fields.values(), inside))}}`;
  const text = value instanceof TemplateRecord ? value.text : value;
  if (typeof text === 'string') return formatText(verb, text, flags);
  if (typeof text === 'number' && 'eEfFgG'.includes(verb)) return formatNumberVerb(verb, text, flags);
  if (typeof text === 'bigint' && 'dboOxXcqU'.includes(verb)) return formatInteger(verb, text, flags);
  if (typeof text === 'boolean' && verb === 't') return pad(String(text), flags);
  return text === undefined ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${formatValue(value)})`;
}

function formatText(verb: string, text: string, flags: Flags): string {
  const cut = flags.precision === undefined ? text : [...text].slice(0, flags.precision).join('');
  switch (verb) {
    case 's':
      return pad(cut, flags);
    case 'q':
      return pad(flags.sharp && !cut.includes('`') ? `\`${cut}\`` : quote(cut), flags);
    case 'x':
    case 'X': {
      const hex = Buffer.from(cut, 'utf8').toString('hex');
      return pad(verb === 'X' ? hex.toUpperCase() : hex, flags);
    }
    default:
      return `%!${verb}(string=${text})`;
  }
}

function formatNumberVerb(verb: string, value: number, flags: Flags): string {
  const lower = verb.toLowerCase();
  const kind = lower === 'e' || lower === 'f' ? lower : 'g';
  const precision = flags.precision ?? (kind === 'g' ? undefined : 6);
  const text = formatFloat(value, kind, precision);
  const finite = Number.isFinite(value);
  // fmt shows the plus of +Inf only on demand, except for %v and %g as they come from strconv.
  const bare = text.replace(/^[+]/, flags.plus || !finite ? '+' : '');
  return padNumber(verb === verb.toUpperCase() ? bare.toUpperCase() : bare, finite ? flags : { ...flags, zero: false });
}

function formatInteger(verb: string, value: bigint, flags: Flags): string {
  switch (verb) {
    case 'c':
      return pad(rune(value), flags);
    case 'q':
      return pad(`'${quote(rune(value)).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`, flags);
    case 'U':
      return pad(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, flags);
    default: {
      const base = { b: 2, o: 8, O: 8, x: 16, X: 16 }[verb] ?? 10;
      const size = value < 0n ? -value : value;
      let digits = size.toString(base).padStart(flags.precision ?? 0, '0');
      if (verb === 'X') digits = digits.toUpperCase();
      const prefix = verb === 'O' ? '0o' : flags.sharp ? ({ x: '0x', X: '0X', o: '0', b: '0b' }[verb] ?? '') : '';
      const zero = flags.zero && flags.precision === undefined;
      return padNumber(`${value < 0n ? '-' : ''}${prefix}${digits}`, { ...flags, zero });
    }
  }
}

function rune(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function padNumber(text: string, flags: Flags): string {
  let signed = text;
  if (!/^[+-]/.test(text) && flags.plus) signed = `+${text}`;
  else if (!/^[+-]/.test(text) && flags.space) signed = ` ${text}`;
  if (!flags.zero || flags.width === undefined || signed.length >= flags.width) return pad(signed, flags);
  const sign = /^[+\- ]/.test(signed) ? signed.charAt(0) : '';
  return sign + signed.slice(sign.length).padStart(flags.width - sign.length, '0');
}

function pad(text: string, flags: Flags): string {
  if (flags.width === undefined) return text;
  const missing = flags.width - [...text].length;
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  return (flags.zero ? '0' : ' ').repeat(missing) + text;
}

/** Printable ASCII without quotes and backslashes: nearly every label. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A double-quoted Go string. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let out = '"';
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    const named = { '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' }[c];
    if (c === '"' || c === '\\') out += `\\${c}`;
    else if (named !== undefined) out += named;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(c)) {
      out += code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    } else out += c;
  }
  return `${out}"`;
}

function* mapped<T>(items: Iterable<T>, text: (item: T) => string): Generator<string> {
  for (const item of items) yield text(item);
}

function goSyntax(value: TemplateValue, level = 0): string {
  checkLevel(level);
  const inside = (item: TemplateValue): string => goSyntax(item, level + 1);
  if (typeof value === 'string') return quote(value);
  if (isList(value)) return `${typeName(value)}{${joined(mapped(value, inside), ', ')}}`;
  if (value instanceof TemplateMap) {
    const entry = (key: string): string => `${quote(key)}:${inside(value.entries.get(key))}`;
    return `${value.typeName}{${joined(mapped(value.sortedKeys(), entry), ', ')}}`;
  }
  return formatValue(value);
}

/** fmt.Sprint: a space between two neighbours when neither is a string. */
export function sprint(args: readonly TemplateValue[]): string {
  let out = '';
  for (const [i, arg] of args.entries()) {
    if (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string') out += ' ';
    out += formatValue(arg);
  }
  return out;
}

/** fmt.Sprintln: a space between all, a line feed at the end. */
export function sprintln(args: readonly TemplateValue[]): string {
  return `${joined(mapped(args, (arg) => formatValue(arg)))}\n`;
}
