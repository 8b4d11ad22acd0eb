import { RE2JS } from 're2js';
import { z } from 'zod';
import { errorMessage } from '../../base/errors.ts';
import { regexFault } from '../../model/regex-limits.ts';

/** Relabelling as Prometheus writes it; the checks are those of Prometheus 3 with UTF-8 label names. */
export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;

export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

export interface RelabelConfig {
  readonly source_labels: readonly string[];
  readonly separator: string;
  readonly target_label: string;
  readonly regex: string;
  readonly modulus: number;
  readonly replacement: string;
  readonly action: RelabelAction;
}

export const DEFAULT_SEPARATOR = ';';
export const DEFAULT_REGEX = '(.*)';
export const DEFAULT_REPLACEMENT = '$1';

/** Go's uint64 is wider, but nobody has 2^53 shards. */
const MODULUS_MAX = Number.MAX_SAFE_INTEGER;

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const written = z.strictObject(
  {
    source_labels: z.array(z.string().min(1, { error: 'a label name cannot be empty' })).nullish(),
    separator: text.nullish(),
    target_label: text.nullish(),
    regex: text.nullish(),
    modulus: z.number().int().min(0).max(MODULUS_MAX).nullish(),
    replacement: text.nullish(),
    action: z
      .string()
      .transform((action, context) => {
        const lower = action.toLowerCase();
        const known = RELABEL_ACTIONS.find((name) => name === lower);
        if (known !== undefined) return known;
        context.addIssue({
          code: 'custom',
          message: `unknown relabel action "${action}"; use one of ${RELABEL_ACTIONS.join(', ')}`,
        });
        return z.NEVER;
      })
      .nullish(),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'empty relabelling rule; write its keys or remove the dash' : undefined,
  },
);

export const relabelConfig = written.transform((rule, context): RelabelConfig => {
  // A key written without a value means "empty", a key not written means its default: as Prometheus reads them.
  const given = (value: string | null | undefined, fallback: string): string =>
    value === undefined ? fallback : (value ?? '');
  const config: RelabelConfig = {
    source_labels: rule.source_labels ?? [],
    separator: given(rule.separator, DEFAULT_SEPARATOR),
    target_label: rule.target_label ?? '',
    regex: given(rule.regex, DEFAULT_REGEX),
    modulus: rule.modulus ?? 0,
    replacement: given(rule.replacement, DEFAULT_REPLACEMENT),
    action: rule.action ?? 'replace',
  };
  const fault = relabelFault(config);
  if (fault) context.addIssue({ code: 'custom', message: fault.message, path: [fault.key] });
  return config;
});

export const relabelConfigs = z
  .array(relabelConfig)
  .nullish()
  .transform((rules): readonly RelabelConfig[] => rules ?? []);

const NEEDS_TARGET: readonly RelabelAction[] = [
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
];
const FIXED_REPLACEMENT: readonly RelabelAction[] = ['lowercase', 'uppercase', 'keepequal', 'dropequal'];

function relabelFault(
  config: RelabelConfig,
): { readonly key: keyof RelabelConfig; readonly message: string } | undefined {
  const { action } = config;
  const fault = regexFault(config.regex);
  if (fault !== undefined) return { key: 'regex', message: fault };
  try {
    compileRelabelRegex(config.regex);
  } catch (error) {
    return { key: 'regex', message: `not a valid RE2 regular expression: ${errorMessage(error)}` };
  }
  if (action === 'hashmod' && config.modulus === 0) {
    return { key: 'modulus', message: 'relabel configuration for hashmod requires non-zero modulus' };
  }
  if (NEEDS_TARGET.includes(action) && config.target_label === '') {
    return { key: 'target_label', message: `relabel configuration for ${action} action requires 'target_label' value` };
  }
  if (action === 'keepequal' || action === 'dropequal') {
    if (
      config.regex !== DEFAULT_REGEX ||
      config.modulus !== 0 ||
      config.separator !== DEFAULT_SEPARATOR ||
      config.replacement !== DEFAULT_REPLACEMENT
    ) {
      return {
        key: 'action',
        message: `${action} action requires only 'source_labels' and 'target_label', and no other fields`,
      };
    }
  }
  if (FIXED_REPLACEMENT.includes(action) && config.replacement !== DEFAULT_REPLACEMENT) {
    return { key: 'replacement', message: `'replacement' can not be set for ${action} action` };
  }
  if (action === 'labelmap' && config.replacement === '') {
    return { key: 'replacement', message: `"" is invalid 'replacement' for labelmap action; it names the new label` };
  }
  if (action === 'labeldrop' || action === 'labelkeep') {
    const extra =
      config.source_labels.length > 0 ||
      config.target_label !== '' ||
      config.modulus !== 0 ||
      config.separator !== DEFAULT_SEPARATOR ||
      config.replacement !== DEFAULT_REPLACEMENT;
    if (extra) return { key: 'action', message: `${action} action requires only 'regex', and no other fields` };
  }
  return undefined;
}

/** Anchored at both ends; `.` also matches a line feed, as in Prometheus 3. Throws re2js's syntax error. */
export function compileRelabelRegex(pattern: string): RE2JS {
  return RE2JS.compile(`^(?s:${pattern})$`);
}
