import { failureLines } from './report-text.ts';
import type { RuleTestReport, TestedFile, TestedGroup } from './run.ts';

/** The report in the XML that build servers read: a suite a file, a case a test group. */
export function junitXml(report: RuleTestReport): string {
  const suites = report.files.map((file) => suiteXml(file, report.startedMs));
  const tests = report.files.reduce((count, { groups }) => count + groups.length, 0);
  const failures = report.files.reduce((count, file) => count + failedOf(file), 0);
  const errors = report.files.filter(({ error }) => error !== undefined).length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${tests}" failures="${failures}" errors="${errors}">\n${suites.join('')}</testsuites>\n`;
}

function failedOf({ groups }: TestedFile): number {
  return groups.filter(({ failures }) => failures.length > 0).length;
}

function suiteXml(tested: TestedFile, startedMs: number): string {
  const { file, groups, error } = tested;
  const attributes = [
    `name="${escaped(file)}"`,
    `tests="${groups.length}"`,
    `failures="${failedOf(tested)}"`,
    `errors="${error === undefined ? 0 : 1}"`,
    `time="${seconds(groups.reduce((sum, { durationMs }) => sum + durationMs, 0))}"`,
    `timestamp="${new Date(startedMs).toISOString()}"`,
  ];
  const cases = groups.map((group) => caseXml(file, group));
  const unread =
    error === undefined
      ? ''
      : `    <testcase classname="${escaped(file)}" name="file"><error message="${escaped(firstLine(error))}">${escaped(error)}</error></testcase>\n`;
  return `  <testsuite ${attributes.join(' ')}>\n${cases.join('')}${unread}  </testsuite>\n`;
}

function caseXml(file: string, { name, durationMs, failures }: TestedGroup): string {
  const failed = failures.map((failure) => {
    const text = failureLines(failure, false)
      .map((line) => line.text)
      .join('\n');
    return `<failure message="${escaped(failure.what)}">${escaped(text)}</failure>`;
  });
  return `    <testcase classname="${escaped(file)}" name="${escaped(name)}" time="${seconds(durationMs)}">${failed.join('')}</testcase>\n`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML has no place for most control characters, not even escaped. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)
    .replace(/[^\P{Cc}\t\n\r]|\p{Surrogate}|[\uFFFE\uFFFF]/gu, '\uFFFD');
}
