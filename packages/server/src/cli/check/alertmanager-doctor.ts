import type { InhibitionReport } from '@vedette/wire/http';

/** What the doctor says of inhibitions, for people. */
export function* inhibitionLines(reports: readonly InhibitionReport[]): Generator<string> {
  for (const { index, name, verdict, summary, evidence, remedy, repair } of reports) {
    yield `  inhibit_rules[${index}]${name === null ? '' : ` (${name})`}: ${verdict}. ${summary}`;
    for (const line of evidence) yield `    ${line}`;
    if (remedy !== null) yield `    remedy: ${remedy}`;
    if (!repair) continue;
    if (repair.diff !== null) for (const line of repair.diff.trimEnd().split('\n')) yield `      ${line}`;
    if (repair.relabelConfigs === null) continue;
    yield '    in the scrape jobs:';
    for (const line of repair.relabelConfigs.trimEnd().split('\n')) yield `      ${line}`;
  }
}
