import { RE2JS } from 're2js';
import { errorMessage } from '../base/errors.ts';
import { regexFault } from '../model/regex-limits.ts';

export function compile(pattern: string): RE2JS {
  const fault = regexFault(pattern);
  if (fault !== undefined) throw new Error(fault);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`error parsing regexp: ${errorMessage(error)}`, { cause: error });
  }
}

const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** regexp.ReplaceAllString: `$1`, `${name}`, `$$`; unknown groups are empty, and `$1x` means the group "1x". */
export function replaceAll(pattern: string, replacement: string, text: string): string {
  const expression = compile(pattern);
  const groups = expression.namedGroups() as Readonly<Record<string, number>>;
  const matcher = expression.matcher(text);
  let out = '';
  let from = 0;
  while (matcher.find()) {
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
