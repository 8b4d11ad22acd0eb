import { formatDuration } from '../../base/units.ts';
import { type ScalarPlace, type SourcePath, type YamlSource, readYaml } from '../../base/yaml-source.ts';
import type { RuleGroup } from '../ports.ts';

export interface RuleChange {
  readonly query?: string;
  readonly forMs?: number;
}

/**
 * The text of a rule file in which one rule's `expr` or `for` is replaced; every other byte stays. Undefined where the rule does not
 * stand in the text itself (an alias, a group that is not there any more). `file` is the group's: `path#key` means that the text of a
 * ConfigMap holds the rule file under this key.
 */
export function changeRule(text: string, group: RuleGroup, index: number, change: RuleChange): string | undefined {
  const key = group.file.includes('#') ? group.file.slice(group.file.lastIndexOf('#') + 1) : undefined;
  for (const source of readYaml(text, group.file, 'RULE_INVALID')) {
    const value: unknown = source.toJS('RULE_INVALID');
    if (key === undefined) {
      const path = rulePath(value, group.name, index);
      if (path) return changed(text, source, path, change);
      continue;
    }
    const content = at(value, ['data', key]);
    const place = source.scalarPlace(['data', key]);
    if (typeof content !== 'string' || place?.style !== 'block') continue;
    const inner = changeRule(content, { ...group, file: group.file.slice(0, -key.length - 1) }, index, change);
    return inner === undefined ? undefined : replaceBlock(text, place, content, inner);
  }
  return undefined;
}

function rulePath(value: unknown, groupName: string, index: number): SourcePath | undefined {
  for (const prefix of [['groups'], ['spec', 'groups']] as const) {
    const groups = at(value, prefix);
    if (!Array.isArray(groups)) continue;
    const found = groups.findIndex((one) => String(at(one, ['name'])) === groupName);
    if (found !== -1) return [...prefix, found, 'rules', index];
  }
  return undefined;
}

function at(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

function changed(text: string, source: YamlSource, path: SourcePath, change: RuleChange): string | undefined {
  const edits: { readonly place: ScalarPlace; readonly text: string }[] = [];
  if (change.query !== undefined) {
    const place = source.scalarPlace([...path, 'expr']);
    if (!place) return undefined;
    edits.push({ place, text: scalarText(text, place, change.query) });
  }
  if (change.forMs !== undefined) {
    const place = source.scalarPlace([...path, 'for']);
    if (!place) return undefined;
    edits.push({ place, text: scalarText(text, place, formatDuration(change.forMs)) });
  }
  edits.sort((a, b) => b.place.start - a.place.start);
  return edits.reduce(
    (result, { place, text: into }) => result.slice(0, place.start) + into + result.slice(place.end),
    text,
  );
}

/** A value in the style of the one it replaces; plain text that YAML would read differently is quoted. */
function scalarText(text: string, place: ScalarPlace, value: string): string {
  switch (place.style) {
    case 'single-quoted':
      return singleQuoted(value);
    case 'double-quoted':
      return JSON.stringify(value);
    case 'plain':
      return isPlainSafe(value) ? value : value.includes('\n') ? JSON.stringify(value) : singleQuoted(value);
    case 'block': {
      const written = text.slice(place.start, place.end);
      const [header = '|', ...lines] = written.split('\n');
      const first = lines.find((line) => line.trim() !== '') ?? '';
      const indent = first.slice(0, first.length - first.trimStart().length);
      const ending = written.endsWith('\n') ? '\n' : '';
      return `${header}\n${value
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '' : indent + line))
        .join('\n')}${ending}`;
    }
  }
}

function singleQuoted(value: string): string {
  return value.includes('\n') ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
}

function isPlainSafe(value: string): boolean {
  return (
    /^[A-Za-z_(0-9]/.test(value) &&
    !value.includes(': ') &&
    !value.includes(' #') &&
    !value.endsWith(':') &&
    !value.includes('\n')
  );
}

/** Lines of a literal block that differ are replaced with the block's indent; the others stay as they are. */
function replaceBlock(text: string, place: ScalarPlace, before: string, after: string): string | undefined {
  const written = text.slice(place.start, place.end).split('\n');
  const old = before.split('\n');
  const now = after.split('\n');
  const offset =
    written.findIndex((line, i) => i > 0 && line.trim() !== '') - old.findIndex((line) => line.trim() !== '');
  const first = old.find((line) => line.trim() !== '') ?? '';
  const line = written[offset + old.indexOf(first)] ?? '';
  // A folded block does not have the content's lines.
  if (!line.endsWith(first)) return undefined;
  const indent = line.slice(0, line.length - first.length);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail++;
  const middle = now.slice(head, now.length - tail).map((one) => (one === '' ? '' : indent + one));
  const lines = [...written.slice(0, offset + head), ...middle, ...written.slice(offset + old.length - tail)];
  return text.slice(0, place.start) + lines.join('\n') + text.slice(place.end);
}
