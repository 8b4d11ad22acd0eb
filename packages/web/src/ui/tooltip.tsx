import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** A note on hover and focus. The child is one focusable element. */
export function Tooltip({ text, children }: { readonly text: string; readonly children: ReactNode }): ReactNode {
  return (
    <Radix.Root delayDuration={200}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-w-sm rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs whitespace-pre-wrap text-ink shadow-lg"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
