import { z } from 'zod';
import { labelNameFault, matchMap, matchRegexMap, matcherLines, matchersOf } from './matcher-section.ts';
import type { InhibitRule } from './model.ts';
import type { MatcherMode } from './parse-matchers.ts';

/** `<inhibit_rule>`. */
export function inhibitSection(mode: MatcherMode) {
  return z
    .strictObject({
      name: z.string().optional(),
      source_match: matchMap.optional(),
      source_match_re: matchRegexMap.optional(),
      source_matchers: matcherLines(mode).optional(),
      target_match: matchMap.optional(),
      target_match_re: matchRegexMap.optional(),
      target_matchers: matcherLines(mode).optional(),
      equal: z.array(z.string()).default([]),
    })
    .superRefine(({ equal }, context) => {
      for (const [i, name] of equal.entries()) {
        const message = `invalid label name ${JSON.stringify(name)} in equal list`;
        if (labelNameFault(name, mode)) context.addIssue({ code: 'custom', path: ['equal', i], message });
      }
    });
}

export type InhibitSection = z.output<ReturnType<typeof inhibitSection>>;

export function inhibitRule(section: InhibitSection, mode: MatcherMode): InhibitRule {
  const { name, source_match, source_match_re, source_matchers, target_match, target_match_re, target_matchers } =
    section;
  return {
    name: name === '' ? undefined : name,
    source: matchersOf({ match: source_match, matchRe: source_match_re, matchers: source_matchers }, mode),
    target: matchersOf({ match: target_match, matchRe: target_match_re, matchers: target_matchers }, mode),
    equal: [...new Set(section.equal)],
  };
}
