import type { VariableModel, VariableOption } from '@vedette/wire/http';
import { compileGrafanaRegex } from '../data/resolve-field.ts';

/** The choice that stands for every option. */
export const ALL = '$__all';

/** Keeps what the pattern matches; a group named `value` or `text`, or the first group, is what is kept of it. */
export function applyRegex(values: readonly string[], pattern: string): VariableOption[] {
  if (pattern.trim() === '') return values.map((value) => ({ text: value, value }));
  const regex = compileGrafanaRegex(/^\/.*\/[a-z]*$/s.test(pattern) ? pattern : `/${pattern}/`);
  if (!regex) return [];
  const options: VariableOption[] = [];
  for (const entry of values) {
    const match = regex.exec(entry);
    if (!match) continue;
    const value = match.groups?.['value'] ?? match[1] ?? entry;
    options.push({ value, text: match.groups?.['text'] ?? value });
  }
  return options;
}

/** Grafana's order numbers: 0 as found, then alphabetical, numerical, alphabetical without case, natural; odd numbers ascend. */
export function sortOptions(options: readonly VariableOption[], sort: number): VariableOption[] {
  const unique = [...new Map(options.map((option) => [option.value, option])).values()];
  if (sort <= 0) return unique;
  const direction = sort % 2 === 1 ? 1 : -1;
  const kind = Math.ceil(sort / 2);
  const number = (option: VariableOption): number => Number(/-?\d+(?:\.\d+)?/.exec(option.text)?.[0] ?? Number.NaN);
  const order = (a: VariableOption, b: VariableOption): number => {
    if (kind === 2) {
      const difference = number(a) - number(b);
      return Number.isNaN(difference) ? a.text.localeCompare(b.text) : difference;
    }
    if (kind === 3) return a.text.toLowerCase().localeCompare(b.text.toLowerCase());
    return a.text.localeCompare(b.text, undefined, { numeric: kind === 4 });
  };
  return unique.toSorted((a, b) => direction * order(a, b));
}

/** `a, b : text, c\,d` of custom and interval variables. */
export function parseCustom(definition: string): VariableOption[] {
  return definition
    .split(/(?<!\\),/)
    .map((part) => part.trim().replaceAll(String.raw`\,`, ','))
    .filter((part) => part !== '')
    .map((part) => {
      const pair = /^(.+?)\s+:\s+(.+)$/.exec(part);
      return pair ? { text: pair[1] ?? part, value: pair[2] ?? part } : { text: part, value: part };
    });
}

/** The values in force: those of the address where they still exist, else the dashboard's own, else all or the first. */
export function chooseValues(
  variable: VariableModel,
  options: readonly VariableOption[],
  wanted: readonly string[] | null,
): readonly string[] {
  const known = (value: string): boolean => value === ALL || options.some((option) => option.value === value);
  const fromAddress = wanted
    ?.map((value) => (value === 'All' || value === '__all' ? ALL : value))
    .filter((value) => value !== '');
  if (fromAddress && fromAddress.length > 0) {
    // A value that the server does not list (yet) is kept: a shared link must show what it says.
    return variable.multi ? fromAddress : fromAddress.slice(0, 1);
  }
  const current = variable.current
    .map((value) => (value === 'All' ? ALL : value))
    .filter((value) => known(value) && (value !== ALL || variable.includeAll));
  if (current.length > 0) return variable.multi ? current : current.slice(0, 1);
  if (variable.includeAll) return [ALL];
  return options[0] ? [options[0].value] : [];
}
