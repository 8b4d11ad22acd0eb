import type { Mismatch } from './compare.ts';
import type { RuleTestFailure } from './test-group.ts';

/** One line of a failure; `sign` tells in a diff what is expected (`-`), what came (`+`), and what is both (a space). */
export interface ReportLine {
  readonly sign: '-' | '+' | ' ' | '';
  readonly text: string;
}

/** A failure for people: what was expected and what came, or the difference of the two. */
export function failureLines(failure: RuleTestFailure, asDiff: boolean): readonly ReportLine[] {
  const lines: ReportLine[] = [{ sign: '', text: failure.what }];
  if ('error' in failure) return [...lines, ...plain(`error: ${failure.error}`)];
  if (asDiff) return [...lines, ...diffLines(failure)];
  return [...lines, ...listLines('expected:', failure.expected), ...listLines('got:     ', failure.got)];
}

function plain(text: string): readonly ReportLine[] {
  return text.split('\n').map((line) => ({ sign: '', text: `  ${line}` }));
}

function listLines(title: string, items: readonly string[]): readonly ReportLine[] {
  if (items.length === 0) return plain(`${title} nothing`);
  const indent = ' '.repeat(title.length + 1);
  return items.flatMap((item, i) => plain(item.replace(/^/gm, indent).replace(indent, i === 0 ? `${title} ` : indent)));
}

/** Both lists are sorted alike, so that walking them side by side shows what one has and the other not. */
function diffLines({ expected, got }: Mismatch): readonly ReportLine[] {
  const left = new Map<string, number>();
  for (const item of got) left.set(item, (left.get(item) ?? 0) + 1);
  const isInBoth = expected.map((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count > 0;
  });
  const lines = expected.flatMap((item, i) => signed(isInBoth[i] === true ? ' ' : '-', item));
  for (const item of got) {
    const count = left.get(item) ?? 0;
    if (count <= 0) continue;
    left.set(item, count - 1);
    lines.push(...signed('+', item));
  }
  return lines;
}

function signed(sign: '-' | '+' | ' ', item: string): ReportLine[] {
  return item.split('\n').map((text) => ({ sign, text: `  ${sign} ${text}` }));
}
