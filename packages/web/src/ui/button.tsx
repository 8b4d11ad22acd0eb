import type { ComponentProps, ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

type Look = 'plain' | 'outline' | 'primary';

const LOOKS: Readonly<Record<Look, string>> = {
  plain: 'text-ink2 hover:bg-raised hover:text-ink',
  outline:
    'border border-line bg-surface text-ink hover:bg-raised aria-pressed:border-accent aria-pressed:bg-accent-soft',
  primary: 'bg-accent text-on-accent font-medium hover:opacity-90',
};

const BASE =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-2.5 whitespace-nowrap disabled:opacity-50 disabled:pointer-events-none';

export function buttonClass(look: Look = 'outline'): string {
  return `${BASE} ${LOOKS[look]}`;
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look;
  readonly icon?: IconName;
}

export function Button({ look = 'outline', icon, className = '', children, ...rest }: ButtonProps): ReactNode {
  return (
    <button type="button" className={`${buttonClass(look)} ${className}`} {...rest}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: IconName;
  /** Read aloud and shown on hover. */
  readonly label: string;
  readonly look?: Look;
  readonly size?: number;
}

export function IconButton({
  icon,
  label,
  look = 'plain',
  size = 16,
  className = '',
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex h-8 w-8 shrink-0 items-center justify-center rounded-md disabled:opacity-50 ${LOOKS[look]} ${className}`}
      {...rest}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}
