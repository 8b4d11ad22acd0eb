import type { DashboardModel, VariableModel, VariableOption } from '@vedette/wire/http';
import { formatDurationMs } from '../../time/duration.ts';
import type { ResolvedRange } from '../../time/range.ts';
import { chooseStepMs } from '../../time/step.ts';
import { type VariableValue, interpolate, referencedVariables } from './interpolate.ts';
import { type Lookup, parseLookup } from './lookup.ts';
import { ALL, applyRegex, chooseValues, parseCustom, sortOptions } from './options.ts';

export interface ResolvedVariable {
  readonly model: VariableModel;
  readonly options: readonly VariableOption[];
  readonly selected: readonly string[];
  readonly value: VariableValue;
  /** Why its options could not be asked for; null when they could. */
  readonly error: unknown;
}

export interface VariableDeps {
  readonly lookup: (lookup: Lookup) => Promise<readonly string[]>;
}

/** `$__auto` divides the range into about this many steps. */
const AUTO_STEPS = 60;

/** Values in dashboard order, so that a query may use the variables before it. */
export async function resolveVariables(
  model: DashboardModel,
  wanted: ReadonlyMap<string, readonly string[]>,
  range: ResolvedRange,
  deps: VariableDeps,
): Promise<ReadonlyMap<string, ResolvedVariable>> {
  const resolved = new Map<string, ResolvedVariable>();
  for (const variable of ordered(model.variables)) {
    let options: readonly VariableOption[] = [];
    let error: unknown = null;
    try {
      options = await optionsOf(variable, resolved, range, deps);
    } catch (thrown) {
      error = thrown;
    }
    const selected = chooseValues(variable, options, wanted.get(variable.name) ?? null);
    resolved.set(variable.name, {
      model: variable,
      options,
      selected,
      value: valueOf(variable, options, selected, range),
      error,
    });
  }
  return resolved;
}

/** Whether a variable that asks the server has no values: none exist yet, or the server could not be asked. */
export function lacksOptions(variables: ReadonlyMap<string, ResolvedVariable>): boolean {
  return [...variables.values()].some(({ model, options }) => model.type === 'query' && options.length === 0);
}

/** The order of the file, except that a variable stands after those its query names. */
function ordered(variables: readonly VariableModel[]): VariableModel[] {
  const waiting = [...variables];
  const done: VariableModel[] = [];
  while (waiting.length > 0) {
    const names = new Set(waiting.map((variable) => variable.name));
    const index = waiting.findIndex((variable) =>
      referencedVariables(variable.query).every((name) => name === variable.name || !names.has(name)),
    );
    // A circle of references cannot be ordered: the file's own order stands.
    done.push(...waiting.splice(Math.max(index, 0), 1));
  }
  return done;
}

async function optionsOf(
  variable: VariableModel,
  before: ReadonlyMap<string, ResolvedVariable>,
  range: ResolvedRange,
  deps: VariableDeps,
): Promise<readonly VariableOption[]> {
  switch (variable.type) {
    case 'query': {
      const values = new Map([...before].map(([name, entry]) => [name, entry.value]));
      const scope = { variables: values, ...range, stepMs: chooseStepMs(range, 1000), rateIntervalMs: 60_000 };
      const lookup = parseLookup(interpolate(variable.query, scope, 'promql'));
      if (!lookup) return [];
      return sortOptions(
        applyRegex(await deps.lookup(lookup), interpolate(variable.regex, scope, 'text')),
        variable.sort,
      );
    }
    case 'custom':
    case 'interval': {
      const own = variable.options.filter((option) => option.value !== ALL);
      const options = own.length > 0 ? own : parseCustom(variable.query);
      const auto = variable.type === 'interval' && variable.auto && !options.some((option) => isAuto(option.value));
      return auto ? [{ text: 'auto', value: `$__auto_interval_${variable.name}` }, ...options] : options;
    }
    case 'constant':
      return [{ text: variable.query, value: variable.query }];
    case 'textbox':
    case 'datasource':
    case 'adhoc':
      return variable.options;
  }
}

const isAuto = (value: string): boolean => value === 'auto' || value.startsWith('$__auto');

function valueOf(
  variable: VariableModel,
  options: readonly VariableOption[],
  selected: readonly string[],
  range: ResolvedRange,
): VariableValue {
  if (selected.includes(ALL)) {
    const values = options.map((option) => option.value);
    return {
      values,
      texts: ['All'],
      allValue: variable.allValue === null || variable.allValue === '' ? null : variable.allValue,
      multi: true,
    };
  }
  if (variable.type === 'textbox' && selected.length === 0)
    return { values: [variable.query], texts: [variable.query], allValue: null, multi: false };
  const texts = selected.map((value) => options.find((option) => option.value === value)?.text ?? value);
  const values = selected.map((value) => (variable.type === 'interval' && isAuto(value) ? autoInterval(range) : value));
  return { values, texts, allValue: null, multi: variable.multi };
}

const autoInterval = (range: ResolvedRange): string => formatDurationMs(chooseStepMs(range, AUTO_STEPS * 2));
