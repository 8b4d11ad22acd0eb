import type { ComponentProps, ReactNode } from 'react';
import { Icon } from './icons.tsx';

export const fieldClass =
  'h-8 min-w-0 rounded-md border border-line bg-surface px-2 text-ink placeholder:text-ink3 hover:border-ink3/60';

export function SearchField({
  label,
  className = '',
  ...rest
}: ComponentProps<'input'> & { readonly label: string }): ReactNode {
  return (
    <label className={`relative inline-flex items-center ${className}`}>
      <span className="sr-only">{label}</span>
      <span className="pointer-events-none absolute left-2 text-ink3">
        <Icon name="search" size={14} />
      </span>
      <input type="search" placeholder={label} className={`${fieldClass} w-full pl-7`} {...rest} />
    </label>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count?: number;
}

/** A row of exclusive choices, for filters with few values. */
export function Choices({
  label,
  choices,
  value,
  onChange,
}: {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactNode {
  return (
    <div
      role="group"
      aria-label={label}
      className="inline-flex h-8 max-w-full overflow-x-auto overflow-y-hidden rounded-md border border-line bg-surface"
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
          className="shrink-0 px-2.5 whitespace-nowrap text-ink2 not-first:border-l not-first:border-line hover:bg-raised aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-ink"
        >
          {choice.label}
          {choice.count === undefined ? null : <span className="num ml-1.5 text-ink3">{choice.count}</span>}
        </button>
      ))}
    </div>
  );
}
