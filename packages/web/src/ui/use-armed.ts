import { type KeyboardEvent, type MouseEvent, type ReactElement, cloneElement, useState } from 'react';

interface TriggerProps {
  onClick?: (event: MouseEvent) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  'aria-haspopup'?: 'menu' | 'dialog';
  'aria-expanded'?: boolean;
}

/**
 * Menus and popovers come from a library that the first picture does not need: until one is opened, its button stands alone.
 * Returns the button with its opening keys, and whether it was used.
 */
export function useArmed(
  trigger: ReactElement,
  popup: 'menu' | 'dialog',
): { readonly armed: boolean; readonly closed: ReactElement } {
  const [armed, setArmed] = useState(false);
  const props: TriggerProps = {
    onClick: () => setArmed(true),
    onKeyDown: (event) => {
      if (event.key === 'ArrowDown' && popup === 'menu') {
        event.preventDefault();
        setArmed(true);
      }
    },
    'aria-haspopup': popup,
    'aria-expanded': false,
  };
  return { armed, closed: cloneElement(trigger as ReactElement<TriggerProps>, props) };
}
