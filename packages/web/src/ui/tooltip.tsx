import { type CSSProperties, type ReactElement, type ReactNode, cloneElement, useEffect, useId, useState } from 'react';
import { createPortal } from 'react-dom';

interface TriggerProps {
  onPointerEnter?: (event: { currentTarget: Element }) => void;
  onPointerLeave?: () => void;
  onFocus?: (event: { currentTarget: Element }) => void;
  onBlur?: () => void;
  'aria-describedby'?: string | undefined;
}

const WIDTH_PX_MAX = 360;
const EDGE_PX = 8;

/** A note on hover and focus; Escape closes it. The child is one focusable element. */
export function Tooltip({ text, children }: { readonly text: string; readonly children: ReactElement }): ReactNode {
  const [box, setBox] = useState<DOMRect | null>(null);
  const id = useId();
  useEffect(() => {
    if (!box) return;
    const close = (event: Event): void => {
      if (!(event instanceof KeyboardEvent) || event.key === 'Escape') setBox(null);
    };
    document.addEventListener('keydown', close);
    document.addEventListener('scroll', close, true);
    return () => {
      document.removeEventListener('keydown', close);
      document.removeEventListener('scroll', close, true);
    };
  }, [box]);
  const open = (event: { currentTarget: Element }): void => setBox(event.currentTarget.getBoundingClientRect());
  const props: TriggerProps = {
    onPointerEnter: open,
    onPointerLeave: () => setBox(null),
    onFocus: open,
    onBlur: () => setBox(null),
    'aria-describedby': box ? id : undefined,
  };
  return (
    <>
      {cloneElement(children as ReactElement<TriggerProps>, props)}
      {box
        ? createPortal(
            <div
              role="tooltip"
              id={id}
              style={place(box)}
              className="pointer-events-none fixed z-[60] rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs break-words whitespace-pre-wrap text-ink shadow-lg"
            >
              {text}
            </div>,
            document.body,
          )
        : null}
    </>
  );
}

/** Below the element where there is room, else above, inside the window. */
function place(box: DOMRect): CSSProperties {
  const left = Math.max(
    EDGE_PX,
    Math.min(box.left + box.width / 2 - WIDTH_PX_MAX / 2, window.innerWidth - WIDTH_PX_MAX - EDGE_PX),
  );
  const below = box.bottom < window.innerHeight * 0.65;
  const vertical = below ? { top: box.bottom + 6 } : { bottom: window.innerHeight - box.top + 6 };
  return { left, maxWidth: Math.min(WIDTH_PX_MAX, window.innerWidth - 2 * EDGE_PX), ...vertical };
}
