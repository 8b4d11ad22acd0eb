import type { ReactNode } from 'react';
import { formatTime } from '../time/range.ts';
import { Ago, useNow } from '../ui/ago.tsx';

const DAY_MS = 86_400_000;

/** `03:12` of the last 24 hours, else `2026-03-14 03:12`, in the browser's time zone. */
export function clockTime(ms: number, nowMs: number): string {
  const text = formatTime(ms);
  return nowMs - ms < DAY_MS ? text.slice(11, 16) : text.slice(0, 16);
}

/** Since when, as a time and as an age: "since 03:12, 25 m ago". */
export function Since({ ms }: { readonly ms: number }): ReactNode {
  const nowMs = useNow();
  if (!(ms > 0)) return null;
  return (
    <span className="whitespace-nowrap">
      since <span className="num">{clockTime(ms, nowMs)}</span>, <Ago ms={ms} />
    </span>
  );
}
