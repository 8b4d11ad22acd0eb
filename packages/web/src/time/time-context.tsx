import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, createContext, use, useCallback, useEffect, useMemo, useState } from 'react';
import { parseDurationMs } from './duration.ts';
import { DEFAULT_RANGE, type RawRange, type ResolvedRange, resolveRange } from './range.ts';
import { useUrlState } from './url-state.ts';

export interface PageTime {
  readonly raw: RawRange;
  readonly range: ResolvedRange;
  /** False when the address holds a range that cannot be read; the default range is shown then. */
  readonly valid: boolean;
  /** Refresh interval as text; '' when off. */
  readonly refresh: string;
  readonly setRange: (raw: RawRange) => void;
  readonly setRefresh: (refresh: string) => void;
  readonly refreshNow: () => void;
  /** What holds while the address names no range. */
  readonly setDefaults: (defaults: TimeDefaults) => void;
  readonly defaults: TimeDefaults;
}

export interface TimeDefaults extends RawRange {
  readonly refresh: string;
}

const NO_DEFAULTS: TimeDefaults = { ...DEFAULT_RANGE, refresh: '' };

/** Faster than this asks again before the last answer is drawn. */
const REFRESH_MS_MIN = 1_000;

const TimeContext = createContext<PageTime | null>(null);

/** One range and one refresh for the page, kept in the address (`from`, `to`, `refresh`). */
export function TimeProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { search, change } = useUrlState();
  const [nowMs, setNowMs] = useState(() => Date.now());
  const [defaults, setDefaults] = useState<TimeDefaults>(NO_DEFAULTS);
  const from = search.get('from') ?? defaults.from;
  const to = search.get('to') ?? defaults.to;
  const refresh = search.get('refresh') ?? defaults.refresh;
  const [asked, setAsked] = useState(0);
  const refreshNow = useCallback(() => {
    setNowMs(Date.now());
    setAsked((count) => count + 1);
  }, []);
  const client = useQueryClient();
  useEffect(() => {
    if (asked === 0) return;
    // A moment later most questions are the same, their answers need not be. Those that changed are already being asked.
    void client.invalidateQueries({ predicate: (query) => query.isActive() && query.state.fetchStatus === 'idle' });
  }, [asked, client]);

  const refreshMs = parseDurationMs(refresh);
  const relative = to.startsWith('now');
  useEffect(() => {
    if (refreshMs === null || !relative) return;
    const tick = (): void => {
      if (document.visibilityState === 'visible') setNowMs(Date.now());
    };
    const timer = setInterval(tick, Math.max(refreshMs, REFRESH_MS_MIN));
    // A page that comes back to the front is up to date at once.
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [refreshMs, relative]);

  const value = useMemo((): PageTime => {
    const raw = { from, to };
    const resolved = resolveRange(raw, nowMs);
    const fallback = resolveRange(DEFAULT_RANGE, nowMs) ?? { fromMs: nowMs - 3_600_000, toMs: nowMs };
    return {
      raw,
      range: resolved ?? fallback,
      valid: resolved !== null,
      refresh,
      defaults,
      setDefaults,
      refreshNow,
      setRange: (next) => {
        setNowMs(Date.now());
        change({ from: next.from, to: next.to });
      },
      setRefresh: (next) => change({ refresh: next === '' ? 'off' : next }, 'replace'),
    };
  }, [from, to, refresh, nowMs, defaults, change, refreshNow]);

  return <TimeContext value={value}>{children}</TimeContext>;
}

export function useTime(): PageTime {
  const time = use(TimeContext);
  if (!time) throw new Error('useTime needs a TimeProvider above it');
  return time;
}

/** Sets what the page shows while its address names no range; false until it holds. */
export function useTimeDefaults(wanted: TimeDefaults | undefined): boolean {
  const { defaults, setDefaults } = useTime();
  const same =
    wanted !== undefined &&
    wanted.from === defaults.from &&
    wanted.to === defaults.to &&
    wanted.refresh === defaults.refresh;
  useEffect(() => {
    if (wanted && !same) setDefaults({ from: wanted.from, to: wanted.to, refresh: wanted.refresh });
  }, [wanted, same, setDefaults]);
  return same;
}

/** For pages without a range of their own. */
export const PLAIN_DEFAULTS: TimeDefaults = NO_DEFAULTS;
