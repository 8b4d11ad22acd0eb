import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from './icons.tsx';
import type { MenuItem } from './menu.tsx';

export interface MenuOverlayProps {
  readonly trigger: ReactElement;
  readonly items: readonly MenuItem[];
  readonly align: 'start' | 'end';
  readonly label: string;
}

/** The open menu; loaded when the first one is opened. */
export function MenuOverlay({ trigger, items, align, label }: MenuOverlayProps): ReactNode {
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          aria-label={label}
          className="z-50 max-h-80 min-w-36 overflow-y-auto rounded-md border border-line bg-surface p-1 shadow-lg"
        >
          {items.map((item) => (
            <DropdownMenu.Item
              key={item.label}
              onSelect={item.onSelect}
              className="flex h-8 cursor-default items-center gap-2 rounded px-2 outline-none data-highlighted:bg-accent-soft"
            >
              {item.icon ? <Icon name={item.icon} /> : null}
              <span className="flex-1">{item.label}</span>
              {item.checked ? <Icon name="check" /> : null}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
