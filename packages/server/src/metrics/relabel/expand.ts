import type { Matcher } from 're2js';

/**
 * Go's `regexp.Expand` templates: `$1`, `${1}`, `$name`, `${name}`, `$$`. An unbraced name is as long as letters, digits and
 * underscores go, so `$1x` is the group named `1x`, which is empty.
 */
export interface Template {
  readonly literal: string | undefined;
  expand(matcher: Matcher): string;
}

const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

export function compileTemplate(template: string): Template {
  const parts: (string | { readonly group: string | number })[] = [];
  let end = 0;
  for (const match of template.matchAll(REFERENCE)) {
    parts.push(template.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[1] ?? match[2];
    if (name === undefined) parts.push('$');
    else parts.push({ group: /^\d+$/.test(name) ? Number(name) : name });
  }
  parts.push(template.slice(end));
  const literal = parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
  return {
    literal,
    expand: (matcher) =>
      literal ??
      parts.reduce<string>(
        (text, part) => text + (typeof part === 'string' ? part : groupText(matcher, part.group)),
        '',
      ),
  };
}

function groupText(matcher: Matcher, group: string | number): string {
  const known = typeof group === 'number' ? group <= matcher.groupCount() : group in matcher.namedGroups;
  return known ? (matcher.group(group) ?? '') : '';
}
