import { Labels } from '../../model/labels.ts';
import { type Matcher, createMatcher } from '../../model/matcher.ts';

/** The labels and, where they have none of that name, the external ones. */
export function withExternal(labels: Labels, external: readonly (readonly [string, string])[]): Labels {
  let merged: Map<string, string> | undefined;
  for (const [name, value] of external) {
    if (labels.has(name)) continue;
    merged ??= labels.toMap();
    merged.set(name, value);
  }
  return merged ? Labels.fromMap(merged) : labels;
}

/** Stored series do not have the external labels: asking for one with its own value asks for series without it. */
export function withoutExternal(
  matchers: readonly { readonly name: string; readonly operator: Matcher['operator']; readonly value: string }[],
  external: ReadonlyMap<string, string>,
): readonly Matcher[] {
  return matchers.map(({ name, operator, value }) =>
    operator === '=' && external.get(name) === value
      ? createMatcher(name, '=', '')
      : createMatcher(name, operator, value),
  );
}
