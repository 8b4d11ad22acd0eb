import { type ReactElement, type ReactNode, Suspense, lazy } from 'react';
import { useArmed } from './use-armed.ts';

const PopoverOverlay = lazy(async () => ({ default: (await import('./popover-overlay.tsx')).PopoverOverlay }));

export interface PopoverProps {
  /** One element that takes a ref and a click, such as a button. */
  readonly trigger: ReactElement;
  readonly align?: 'start' | 'end';
  readonly className?: string;
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a small form or list beside it. */
export function Popover({ trigger, align = 'start', className = '', children }: PopoverProps): ReactNode {
  const { armed, closed } = useArmed(trigger, 'dialog');
  if (!armed) return closed;
  return (
    <Suspense fallback={closed}>
      <PopoverOverlay trigger={trigger} align={align} className={className}>
        {children}
      </PopoverOverlay>
    </Suspense>
  );
}
