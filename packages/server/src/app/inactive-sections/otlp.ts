import { z } from 'zod';

/** The section `otlp` with Prometheus's names. */

const STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

/** Those that let names through as they come. */
const UTF8_STRATEGIES: ReadonlySet<string> = new Set(['NoUTF8EscapingWithSuffixes', 'NoTranslation']);

const attributes = z.array(z.string()).optional();

export const otlpSchema = z
  .strictObject({
    promote_all_resource_attributes: z.boolean().optional(),
    promote_resource_attributes: attributes,
    ignore_resource_attributes: attributes,
    translation_strategy: z
      .enum(['', ...STRATEGIES], { error: `unsupported translation strategy; use one of ${STRATEGIES.join(', ')}` })
      .optional(),
    keep_identifying_resource_attributes: z.boolean().optional(),
    convert_histograms_to_nhcb: z.boolean().optional(),
    promote_scope_metadata: z.boolean().optional(),
    label_name_underscore_sanitization: z.boolean().optional(),
    label_name_preserve_multiple_underscores: z.boolean().optional(),
  })
  .superRefine((otlp, context) => {
    const { promote_resource_attributes: promoted = [], ignore_resource_attributes: ignored = [] } = otlp;
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
    if (otlp.promote_all_resource_attributes === true) {
      if (promoted.length > 0)
        issue(
          'promote_resource_attributes',
          'promote_all_resource_attributes and promote_resource_attributes cannot be configured together; remove one of them',
        );
      checkAttributes('ignore_resource_attributes', ignored, context);
    } else {
      if (ignored.length > 0)
        issue(
          'ignore_resource_attributes',
          'needs promote_all_resource_attributes: true; without it name those to promote in promote_resource_attributes',
        );
      checkAttributes('promote_resource_attributes', promoted, context);
    }
  })
  .optional();

export type OtlpConfig = z.output<typeof otlpSchema>;

/** Names count without the white space around them. */
function checkAttributes(key: string, names: readonly string[], context: z.core.$RefinementCtx): void {
  const known = new Set<string>();
  for (const [i, written] of names.entries()) {
    const name = written.trim();
    const message =
      name === ''
        ? 'an empty resource attribute; name it or remove the item'
        : known.has(name)
          ? `the resource attribute "${name}" is in the list twice; remove one`
          : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: [key, i] });
    known.add(name);
  }
}

/** Names that are not escaped need a validation scheme that allows them. */
export function checkTranslation(
  otlp: OtlpConfig | undefined,
  validationScheme: string | undefined,
  context: z.core.$RefinementCtx,
): void {
  const strategy = otlp?.translation_strategy;
  if (validationScheme !== 'legacy' || strategy === undefined || !UTF8_STRATEGIES.has(strategy)) return;
  context.addIssue({
    code: 'custom',
    path: ['otlp', 'translation_strategy'],
    message: `${strategy} is not allowed with global.metric_name_validation_scheme: legacy; set that to utf8 or use UnderscoreEscapingWithSuffixes`,
  });
}
