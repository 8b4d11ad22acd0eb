import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

export function Dialog({
  open,
  onClose,
  title,
  description,
  wide = false,
  returnTo,
  children,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly wide?: boolean;
  /** What has the focus afterwards, where the dialog was opened by something that is gone by then, such as a menu's entry. */
  readonly returnTo?: () => HTMLElement | null | undefined;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          onCloseAutoFocus={(event) => {
            const target = returnTo?.();
            if (!target) return;
            event.preventDefault();
            target.focus();
          }}
          className={`fixed top-[6vh] left-1/2 z-50 flex max-h-[88vh] w-[calc(100vw-1.5rem)] -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-2xl ${wide ? 'max-w-5xl' : 'max-w-lg'}`}
        >
          <header className="flex items-center gap-2 border-b border-line py-2 pr-2 pl-4">
            <Radix.Title className="flex-1 truncate text-sm font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label="Close" />
            </Radix.Close>
          </header>
          {description ? <Radix.Description className="px-4 pt-2 text-ink2">{description}</Radix.Description> : null}
          <div className="min-h-0 flex-1 overflow-auto">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
