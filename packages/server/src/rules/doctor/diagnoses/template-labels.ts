import type { Diagnosis } from '../diagnosis.ts';
import { type Examination, labelNamesOf } from '../examination.ts';
import { listed } from '../listed.ts';

/** Texts that name labels which the result never has: they come out empty. In a label that changes how alerts are routed. */
export function templateLabels(examination: Examination): readonly Diagnosis[] {
  const { result, templates, rule } = examination;
  if (!result || result.length === 0) return [];
  const known = labelNamesOf(result);
  return [...templates.labels]
    .filter(([label]) => label !== 'alertname' && !known.has(label))
    .map(([label, text]) => ({
      kind: 'template-label',
      severity: Object.hasOwn(rule.labels, text) ? ('warning' as const) : ('note' as const),
      message: `\`${text}\` names the label ${label}, which the result never has: it comes out empty`,
      evidence: [`labels of the result: ${known.size === 0 ? 'none' : listed([...known])}`],
      remedy: `keep ${label} in the aggregation (by (…, ${label})), or take it out of the text`,
    }));
}
