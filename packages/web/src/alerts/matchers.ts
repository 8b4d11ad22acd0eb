import type { SilenceMatcher } from '../api/alertmanager.ts';
import type { LabelSet } from '../api/prometheus.ts';

/** As Alertmanager writes a matcher: `name="value"`, `name!="value"`, `name=~"pattern"`, `name!~"pattern"`. */
export function matcherText({ name, value, isRegex, isEqual = true }: SilenceMatcher): string {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  const plain = /^[a-zA-Z_:][\w:]*$/.test(name);
  return `${plain ? name : quoted(name)}${operator}${quoted(value)}`;
}

export function matchersText(matchers: readonly SilenceMatcher[]): string {
  return matchers.map(matcherText).join(', ');
}

/** The matchers that fit exactly the alerts with these labels. */
export function matchersOf(labels: LabelSet): readonly SilenceMatcher[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

export type ParsedMatchers =
  | { readonly ok: true; readonly matchers: readonly SilenceMatcher[] }
  | { readonly ok: false; readonly fault: string };

const MATCHER = /\s*("(?:[^"\\]|\\.)*"|[^\s=!~,"{}]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,"{}]*)\s*(,|$)/y;

/** Reads matchers that are separated by commas, with or without braces; values may go without quotes. */
export function parseMatchers(text: string): ParsedMatchers {
  const inner = text
    .trim()
    .replace(/^\{([^]*)\}$/, '$1')
    .replace(/,\s*$/, '');
  const matchers: SilenceMatcher[] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < inner.length) {
    const at = MATCHER.lastIndex;
    const found = MATCHER.exec(inner);
    if (!found) {
      const rest = inner.slice(at, at + 40);
      return { ok: false, fault: `Write matchers as name="value", separated by commas; this is none: ${rest}` };
    }
    const [, name = '', operator = '=', value = ''] = found;
    const labelName = unquoted(name);
    const labelValue = unquoted(value.trim());
    if (labelName === null || labelValue === null)
      return { ok: false, fault: `This text in quotes cannot be read: ${found[0].trim()}` };
    matchers.push({
      name: labelName,
      value: labelValue,
      isRegex: operator.endsWith('~'),
      isEqual: operator.startsWith('='),
    });
  }
  if (matchers.length === 0)
    return { ok: false, fault: 'Write at least one matcher, such as alertname="CameraOffline"' };
  return { ok: true, matchers };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function unquoted(text: string): string | null {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return null; // Not an escape that is known.
  }
}
