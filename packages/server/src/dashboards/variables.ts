import type { VariableModel, VariableOption } from '@vedette/wire/http';
import { OPTIONS_PER_VARIABLE_MAX, VARIABLES_MAX } from './limits.ts';
import { type JsonObject, asText, flagAt, numberAt, objectsAt, textAt, valueAt, wordAt } from './loose-json.ts';
import type { ProblemReport } from './report.ts';

const TYPES = ['query', 'custom', 'interval', 'constant', 'textbox', 'datasource', 'adhoc'] as const;
/** Grafana names a variable with these characters; anything else could not be referred to. */
const NAME = /^\w{1,100}$/;

/** `templating.list`; a variable of an unknown type stays as a text box that holds its present value. */
export function readVariables(dashboard: JsonObject, report: ProblemReport): readonly VariableModel[] {
  const list = objectsAt(dashboard, 'templating', 'list');
  if (list.length > VARIABLES_MAX)
    report.warning(`Only the first ${VARIABLES_MAX} of ${list.length} variables are read.`);
  const names = new Set<string>();
  const variables: VariableModel[] = [];
  for (const entry of list.slice(0, VARIABLES_MAX)) {
    const name = textAt(entry, 'name') ?? '';
    if (!NAME.test(name) || names.has(name)) {
      report.warning(
        names.has(name)
          ? `The variable "${name}" is defined twice; the first counts.`
          : `A variable cannot be named "${name}".`,
      );
      continue;
    }
    names.add(name);
    variables.push(readVariable(entry, name, report));
  }
  return variables;
}

function readVariable(entry: JsonObject, name: string, report: ProblemReport): VariableModel {
  const declared = textAt(entry, 'type') ?? 'query';
  const type = wordAt(TYPES, declared);
  if (type === undefined)
    report.warning(`The variable "${name}" has the type "${declared}", which is read as a text box.`);
  if (type === 'adhoc') report.info(`The ad hoc filters "${name}" are not applied to queries.`);
  const query = queryText(entry);
  const listed = storedOptions(entry);
  const multi = flagAt(entry, 'multi') === true;
  const kind = type ?? 'textbox';
  const options = listed.length > 0 ? listed : kind === 'custom' || kind === 'interval' ? definedOptions(query) : [];
  return {
    name,
    label: textAt(entry, 'label') || name,
    type: kind,
    query,
    regex: textAt(entry, 'regex') ?? '',
    options: options.slice(0, OPTIONS_PER_VARIABLE_MAX),
    current: currentValues(entry, kind, query, options),
    multi,
    includeAll: flagAt(entry, 'includeAll') === true,
    allValue: textAt(entry, 'allValue') || null,
    hide: hideOf(valueAt(entry, 'hide')),
    sort: numberAt(entry, 'sort') ?? 0,
    auto: flagAt(entry, 'auto') === true,
  };
}

/** The query is text, or since Grafana 8 an object that holds it; `definition` repeats it for people. */
function queryText(entry: JsonObject): string {
  return textAt(entry, 'query') ?? textAt(entry, 'query', 'query') ?? textAt(entry, 'definition') ?? '';
}

function storedOptions(entry: JsonObject): readonly VariableOption[] {
  return objectsAt(entry, 'options')
    .slice(0, OPTIONS_PER_VARIABLE_MAX)
    .flatMap((option) => {
      const value = textAt(option, 'value');
      return value === undefined || value === '$__all' ? [] : [{ text: textAt(option, 'text') ?? value, value }];
    });
}

/** `a, b : 2, c\, d`: parts between commas, `text : value` where a part has both; a backslash keeps a comma. */
function definedOptions(definition: string): readonly VariableOption[] {
  const parts = definition.match(/(?:\\,|[^,])+/g) ?? [];
  return parts.slice(0, OPTIONS_PER_VARIABLE_MAX).flatMap((part) => {
    const text = part.replaceAll('\\,', ',').trim();
    const pair = /^(\S.*?)\s+:\s+(.+)$/.exec(text);
    if (text === '') return [];
    return [pair ? { text: pair[1] ?? '', value: pair[2] ?? '' } : { text, value: text }];
  });
}

function currentValues(
  entry: JsonObject,
  type: VariableModel['type'],
  query: string,
  options: readonly VariableOption[],
): readonly string[] {
  const value = valueAt(entry, 'current', 'value');
  const stored = (Array.isArray(value) ? value : [value])
    .map((item) => asText(item))
    .filter((item) => item !== undefined);
  const present = stored.filter((item) => item !== '');
  if (present.length > 0) return present;
  if (type === 'constant' || type === 'textbox') return [query];
  const selected = objectsAt(entry, 'options').find((option) => flagAt(option, 'selected') === true);
  const first = textAt(selected, 'value') ?? options[0]?.value;
  return (type === 'custom' || type === 'interval') && first !== undefined ? [first] : [];
}

/** 0, 1, 2 in files; words in newer ones. */
function hideOf(value: unknown): VariableModel['hide'] {
  switch (value) {
    case 1:
    case 'hideLabel':
      return 'label';
    case 2:
    case 'hideVariable':
      return 'variable';
    default:
      return 'none';
  }
}
