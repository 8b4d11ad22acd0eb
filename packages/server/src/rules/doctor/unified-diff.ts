const CONTEXT_LINES = 3;

/**
 * The unified diff of two texts of which a few lines differ, as `diff -u` writes it and `patch` reads it. The common beginning and end
 * are found, what lies between counts as one change; '' when nothing differs.
 */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail++;
  const from = Math.max(0, head - CONTEXT_LINES);
  const oldEnd = Math.min(old.length, old.length - tail + CONTEXT_LINES);
  const nowEnd = Math.min(now.length, now.length - tail + CONTEXT_LINES);
  const lines = [
    `--- a/${name}`,
    `+++ b/${name}`,
    `@@ -${place(from, oldEnd)} +${place(from, nowEnd)} @@`,
    ...old.slice(from, head).map((line) => marked(' ', line)),
    ...old.slice(head, old.length - tail).map((line) => marked('-', line)),
    ...now.slice(head, now.length - tail).map((line) => marked('+', line)),
    ...old.slice(old.length - tail, oldEnd).map((line) => marked(' ', line)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lines with their line break; the last may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function place(from: number, to: number): string {
  const count = to - from;
  return `${count === 0 ? from : from + 1},${count}`;
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line.slice(0, -1) : `${mark}${line}\n\\ No newline at end of file`;
}
