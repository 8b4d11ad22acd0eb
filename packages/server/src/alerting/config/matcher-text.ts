import type { Matcher } from '../../model/matcher.ts';
import { quote } from '../../template/index.ts';

/** What only quoted names may contain. Upstream: matcher/parse/lexer.go. */
const RESERVED = /[\s{}!=~,\\"'`]/u;

/**
 * A matcher as Alertmanager writes it: `severity="critical"`. Part of groups' keys and of routes' ids, and valid in a file.
 * Source: Alertmanager, pkg/labels/matcher.go.
 */
export function matcherText({ name, operator, value }: Matcher): string {
  if (RESERVED.test(name)) return `${quote(name)}${operator}${quote(value)}`;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `${name}${operator}"${escaped}"`;
}

/** `{a="b",c=~"d"}`, in the given order. */
export function matchersText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcherText).join(',')}}`;
}
