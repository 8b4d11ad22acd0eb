import { Popover as Radix } from 'radix-ui';
import { type ReactElement, type ReactNode, useState } from 'react';

export interface PopoverOverlayProps {
  readonly trigger: ReactElement;
  readonly align: 'start' | 'end';
  readonly className: string;
  readonly children: (close: () => void) => ReactNode;
}

/** The open popover; loaded when the first one is opened. */
export function PopoverOverlay({ trigger, align, className, children }: PopoverOverlayProps): ReactNode {
  const [open, setOpen] = useState(true);
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={`z-50 rounded-md border border-line bg-surface shadow-xl ${className}`}
        >
          {children(() => setOpen(false))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
