import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { routes } from '../routes.ts';
import { useTime } from '../time/time-context.tsx';

/** A chord's second key counts for this long. */
const CHORD_MS = 1_200;

const GO: Readonly<Record<string, string>> = {
  c: routes.fleet(),
  d: routes.dashboards(),
  e: routes.explore(),
  a: routes.alerts(),
  s: routes.status(),
};

/** Keys that work everywhere, except while someone is typing. */
export function useChords(actions: { readonly openPalette: () => void; readonly openHelp: () => void }): void {
  const [, navigate] = useLocation();
  const { refreshNow } = useTime();
  const latest = useRef({ ...actions, navigate, refreshNow });
  useEffect(() => {
    latest.current = { ...actions, navigate, refreshNow };
  });
  useEffect(() => {
    let chordAt = 0;
    const onKey = (event: KeyboardEvent): void => {
      const { openPalette, openHelp, navigate: go, refreshNow: refresh } = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = event.timeStamp - chordAt < CHORD_MS ? GO[event.key] : undefined;
      chordAt = event.key === 'g' ? event.timeStamp : 0;
      if (target !== undefined) go(target);
      else if (event.key === '?') openHelp();
      else if (event.key === 'r') refresh();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role="dialog"]') !== null
  );
}
