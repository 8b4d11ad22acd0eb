import { type ReactNode, useState } from 'react';
import { words } from '../../api/words.ts';
import { Button } from '../../ui/button.tsx';
import { SearchField, fieldClass } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Popover } from '../../ui/popover.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import { ALL } from './options.ts';
import type { ResolvedVariable } from './resolve.ts';

/** Rows of a drop-down; the rest is found by typing. */
const OPTIONS_SHOWN_MAX = 300;

export interface VariableBarProps {
  readonly variables: ReadonlyMap<string, ResolvedVariable>;
  readonly choose: (name: string, values: readonly string[]) => void;
}

export function VariableBar({ variables, choose }: VariableBarProps): ReactNode {
  const shown = [...variables.values()].filter(
    ({ model }) =>
      model.hide !== 'variable' && model.type !== 'constant' && model.type !== 'adhoc' && model.type !== 'datasource',
  );
  if (shown.length === 0) return null;
  return (
    <div role="group" aria-label="Variables" className="flex flex-wrap items-center gap-2">
      {shown.map((variable) => (
        <VariableControl
          key={variable.model.name}
          variable={variable}
          onChange={(values) => choose(variable.model.name, values)}
        />
      ))}
    </div>
  );
}

function VariableControl({
  variable,
  onChange,
}: {
  readonly variable: ResolvedVariable;
  readonly onChange: (values: readonly string[]) => void;
}): ReactNode {
  const { model, selected, error } = variable;
  const label = model.label || model.name;
  return (
    <div className="flex min-w-0 items-stretch rounded-md border border-line bg-surface">
      {model.hide === 'label' ? null : (
        <span className="flex items-center border-r border-line px-2 text-xs text-ink2">{label}</span>
      )}
      {model.type === 'textbox' ? (
        <input
          aria-label={label}
          defaultValue={selected[0] ?? model.query}
          onBlur={(event) => onChange([event.target.value])}
          onKeyDown={(event) => (event.key === 'Enter' ? onChange([event.currentTarget.value]) : undefined)}
          className={`${fieldClass} h-7 border-0`}
        />
      ) : (
        <OptionPopover variable={variable} label={label} onChange={onChange} />
      )}
      {error === null ? null : (
        <Tooltip text={`${label}: ${words(error).detail}`}>
          <button
            type="button"
            aria-label={`${label}: ${words(error).detail}`}
            className="flex items-center border-l border-line px-1.5 text-bad"
          >
            <Icon name="error" size={14} />
          </button>
        </Tooltip>
      )}
    </div>
  );
}

interface OptionPopoverProps {
  readonly variable: ResolvedVariable;
  readonly label: string;
  readonly onChange: (values: readonly string[]) => void;
}

function OptionPopover({ variable, label, onChange }: OptionPopoverProps): ReactNode {
  const { selected, options } = variable;
  const textOf = (value: string): string =>
    value === ALL ? 'All' : (options.find((option) => option.value === value)?.text ?? value);
  const text = selected.length === 0 ? 'None' : selected.map((value) => textOf(value)).join(', ');
  return (
    <Popover
      className="w-72"
      trigger={
        <Button look="plain" aria-label={`${label}: ${text}`} className="h-7! max-w-72 min-w-0">
          <span className="truncate text-ink">{text}</span>
          <Icon name="chevronDown" size={12} />
        </Button>
      }
    >
      {(close) => <OptionList variable={variable} label={label} onChange={onChange} close={close} />}
    </Popover>
  );
}

function OptionList({
  variable,
  label,
  onChange,
  close,
}: OptionPopoverProps & { readonly close: () => void }): ReactNode {
  const [search, setSearch] = useState('');
  const { model, options, selected } = variable;
  const all = model.includeAll ? [{ text: 'All', value: ALL }, ...options] : options;
  const found = all.filter((option) => option.text.toLowerCase().includes(search.toLowerCase()));
  const pick = (value: string): void => {
    if (!model.multi || value === ALL) {
      onChange([value]);
      close();
      return;
    }
    const kept = selected.filter((entry) => entry !== ALL);
    const next = kept.includes(value) ? kept.filter((entry) => entry !== value) : [...kept, value];
    onChange(next.length > 0 ? next : model.includeAll ? [ALL] : [value]);
  };
  return (
    <div className="flex flex-col">
      <div className="p-1.5">
        <SearchField
          label={`Search ${label}`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="w-full"
        />
      </div>
      <ul
        role="listbox"
        aria-label={label}
        aria-multiselectable={model.multi}
        className="max-h-72 overflow-y-auto border-t border-line p-1"
      >
        {found.slice(0, OPTIONS_SHOWN_MAX).map((option) => {
          const on = selected.includes(option.value);
          return (
            <li key={option.value} role="option" aria-selected={on}>
              <button
                type="button"
                onClick={() => pick(option.value)}
                className="flex h-7 w-full items-center gap-2 rounded px-2 text-left hover:bg-raised"
              >
                <span className={`flex w-4 justify-center ${on ? 'text-accent' : 'text-transparent'}`}>
                  <Icon name="check" size={14} />
                </span>
                <span className="truncate">{option.text}</span>
              </button>
            </li>
          );
        })}
        {found.length === 0 ? (
          <li className="p-2 text-center text-ink3">
            {options.length === 0 ? 'The server knows no values in this range' : 'Nothing matches'}
          </li>
        ) : null}
        {found.length > OPTIONS_SHOWN_MAX ? (
          <li className="p-2 text-center text-xs text-ink3">
            and {found.length - OPTIONS_SHOWN_MAX} more: type to narrow
          </li>
        ) : null}
      </ul>
    </div>
  );
}
