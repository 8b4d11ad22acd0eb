import { RE2JS } from 're2js';
import { errorMessage } from '../base/errors.ts';
import { regexFault } from '../model/regex-limits.ts';
import { OUTPUT_CHARS_MAX } from './limits.ts';
import type { CallContext } from './values.ts';

/** In units of work: compiling an instruction of a pattern's program, a character searched, and an instruction run on it. */
const COMPILE_WORK = 500;
const CHARACTER_WORK = 20;
const MATCH_WORK = 3;

/** Throws an Error for a pattern that is none. */
export function compile(pattern: string): RE2JS {
  const fault = regexFault(pattern);
  if (fault !== undefined) throw new Error(fault);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`error parsing regexp: ${errorMessage(error)}`, { cause: error });
  }
}

/** A pattern ready to go through a text once; what that costs is counted. RE2 is linear in the text, times the pattern's size. */
export function prepared(pattern: string, text: string, work: Pick<CallContext, 'spend'>): RE2JS {
  const expression = compile(pattern);
  const size = expression.programSize();
  work.spend(size * COMPILE_WORK + (text.length + 1) * (CHARACTER_WORK + size * MATCH_WORK));
  return expression;
}

const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** regexp.ReplaceAllString: `$1`, `${name}`, `$$`; unknown groups are empty, and `$1x` means the group "1x". */
export function replaceAll(
  pattern: string,
  replacement: string,
  text: string,
  work: Pick<CallContext, 'spend'>,
): string {
  const expression = prepared(pattern, text, work);
  const groups = expression.namedGroups() as Readonly<Record<string, number>>;
  const matcher = expression.matcher(text);
  let out = '';
  let from = 0;
  while (matcher.find()) {
    work.spend(replacement.length + 10);
    if (out.length > OUTPUT_CHARS_MAX)
      throw new Error(`the replaced text has more than ${OUTPUT_CHARS_MAX} characters`);
    out += text.slice(from, matcher.start());
    out += replacement.replace(REFERENCE, (whole, braced: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare;
      if (name === undefined) return whole.slice(1);
      const index = /^\d+$/.test(name) ? Number(name) : groups[name];
      return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
    });
    from = matcher.end();
  }
  return out + text.slice(from);
}
