import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

export type Tone = 'ok' | 'warn' | 'bad' | 'muted' | 'accent';

const TEXT: Readonly<Record<Tone, string>> = {
  ok: 'text-ok border-ok/40',
  warn: 'text-warn border-warn/40',
  bad: 'text-bad border-bad/40',
  muted: 'text-ink2 border-line',
  accent: 'text-accent border-accent/40',
};

const ICONS: Readonly<Record<Tone, IconName | null>> = {
  ok: 'check',
  warn: 'warning',
  bad: 'error',
  muted: null,
  accent: null,
};

/** A state in colour, shape and words; never in colour alone. */
export function Badge({
  tone = 'muted',
  icon = ICONS[tone],
  children,
  title,
}: {
  readonly tone?: Tone;
  readonly icon?: IconName | null;
  readonly children: ReactNode;
  readonly title?: string;
}): ReactNode {
  return (
    <span
      title={title}
      className={`inline-flex items-center gap-1 rounded border px-1.5 py-px text-[11px] font-medium whitespace-nowrap ${TEXT[tone]}`}
    >
      {icon ? <Icon name={icon} size={12} /> : null}
      {children}
    </span>
  );
}

/** `name="value"` as one chip. */
export function LabelChip({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <span className="inline-flex max-w-full rounded border border-line bg-raised px-1.5 py-px font-mono text-[11px] leading-4">
      <span className="text-ink3">{name}=</span>
      <span className="truncate text-ink" title={value}>
        {value}
      </span>
    </span>
  );
}
