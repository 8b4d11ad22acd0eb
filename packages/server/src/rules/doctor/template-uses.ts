import type { Rule } from '../ports.ts';

/** What the templates of a rule say about its result: which labels they name, and in which unit they print the value. */
export interface TemplateUses {
  /** Label → the first label or annotation that names it. */
  readonly labels: ReadonlyMap<string, string>;
  /** The label or annotation that prints the value as a percentage of a ratio (`humanizePercentage`). */
  readonly ratio: string | undefined;
  /** … that prints `%` behind the plain value. */
  readonly percent: string | undefined;
  /** … that prints the value as milliseconds, as seconds, or in bits. */
  readonly milliseconds: string | undefined;
  readonly seconds: string | undefined;
  readonly bits: string | undefined;
}

const ACTION = /\{\{([^}]*)\}\}([^{]{0,24})/g;
const LABEL = /(?:\$labels|\.Labels)\.([a-zA-Z_][a-zA-Z0-9_]*)|index\s+(?:\$labels|\.Labels)\s+"([^"]*)"/g;

export function templateUses(rule: Rule): TemplateUses {
  const labels = new Map<string, string>();
  const printed: Record<'ratio' | 'percent' | 'milliseconds' | 'seconds' | 'bits', string | undefined> = {
    ratio: undefined,
    percent: undefined,
    milliseconds: undefined,
    seconds: undefined,
    bits: undefined,
  };
  if (rule.type === 'recording') return { labels, ...printed };
  for (const [name, text] of [...Object.entries(rule.labels), ...Object.entries(rule.annotations)]) {
    for (const [, action = '', behind = ''] of text.matchAll(ACTION)) {
      for (const [, plain, indexed] of action.matchAll(LABEL)) {
        const label = plain ?? indexed ?? '';
        if (!labels.has(label)) labels.set(label, name);
      }
      if (!/\$value|\.Value/.test(action)) continue;
      if (action.includes('humanizePercentage')) printed.ratio ??= name;
      else if (/^\s*(?:%|percent\b)/i.test(behind)) printed.percent ??= name;
      if (/^\s*(?:ms|millisec\w*)\b/.test(behind)) printed.milliseconds ??= name;
      if (action.includes('humanizeDuration') || /^\s*(?:s|secs?|seconds?)\b/.test(behind)) printed.seconds ??= name;
      if (/^\s*(?:[kMGT]?bps|[kMGT]?bits?|[kMGT]?bit\/s)\b/i.test(behind)) printed.bits ??= name;
    }
  }
  return { labels, ...printed };
}
