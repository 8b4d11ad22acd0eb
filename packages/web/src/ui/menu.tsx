import { type ReactElement, type ReactNode, Suspense, lazy } from 'react';
import type { IconName } from './icons.tsx';
import { useArmed } from './use-armed.ts';

const MenuOverlay = lazy(async () => ({ default: (await import('./menu-overlay.tsx')).MenuOverlay }));

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly onSelect: () => void;
  readonly checked?: boolean;
}

export interface MenuProps {
  /** One element that takes a ref and a click, such as a button. */
  readonly trigger: ReactElement;
  readonly items: readonly MenuItem[];
  readonly align?: 'start' | 'end';
  readonly label: string;
}

/** A button that opens a list of actions. */
export function Menu({ trigger, items, align = 'end', label }: MenuProps): ReactNode {
  const { armed, closed } = useArmed(trigger, 'menu');
  if (!armed) return closed;
  return (
    <Suspense fallback={closed}>
      <MenuOverlay trigger={trigger} items={items} align={align} label={label} />
    </Suspense>
  );
}
