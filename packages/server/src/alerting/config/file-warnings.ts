import type { Secret } from '../../base/config-schema.ts';
import type { SourcePath, SourceProblem, YamlSource } from '../../base/yaml-source.ts';
import type { InhibitSection } from './inhibit-section.ts';
import { type MatcherMode, parseMatchers } from './parse-matchers.ts';
import type { ReceiverSection } from './receiver-section.ts';
import type { RouteSection } from './route-section.ts';

interface Sections {
  readonly route?: RouteSection | undefined;
  readonly inhibit_rules: readonly InhibitSection[];
  readonly receivers: readonly ReceiverSection[];
  readonly tracing?: unknown;
  readonly event_recorder?: unknown;
}

/** What a file says that is right and yet not what its writer may think. */
export function fileWarnings(source: YamlSource, sections: Sections, mode: MatcherMode): readonly SourceProblem[] {
  const found: SourceProblem[] = [];
  const warn = (path: SourcePath, message: string): void => {
    found.push(source.problem(path, message));
  };
  for (const key of ['tracing', 'event_recorder'] as const) {
    if (sections[key] !== undefined) warn([key], `${key} has no effect in this version`);
  }
  const lines = (texts: readonly string[] | undefined, path: SourcePath): void => {
    for (const [i, text] of (texts ?? []).entries()) {
      const { warning } = parseMatchers(text, mode);
      if (warning !== undefined) warn([...path, i], warning);
    }
  };
  const routes = (route: RouteSection, path: SourcePath): void => {
    lines(route.matchers, [...path, 'matchers']);
    for (const [i, inner] of (route.routes ?? []).entries()) routes(inner, [...path, 'routes', i]);
  };
  if (sections.route) routes(sections.route, ['route']);
  for (const [i, rule] of sections.inhibit_rules.entries()) {
    lines(rule.source_matchers, ['inhibit_rules', i, 'source_matchers']);
    lines(rule.target_matchers, ['inhibit_rules', i, 'target_matchers']);
  }
  for (const [i, receiver] of sections.receivers.entries()) {
    for (const [key, list] of Object.entries(receiver)) {
      if (!Array.isArray(list)) continue;
      for (const [j, integration] of list.entries()) {
        const proxy = (integration as { http_config?: { proxy_url?: Secret } }).http_config?.proxy_url;
        if (proxy === undefined || URL.canParse(proxy.reveal())) continue;
        const message = 'has no scheme: nothing will be delivered through it; write it as http://proxy.example:3128';
        warn(['receivers', i, key, j, 'http_config', 'proxy_url'], message);
      }
    }
  }
  return found;
}
