import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

export type UrlChange = Readonly<Record<string, string | readonly string[] | null>>;

/** The query string after a change: null and '' remove a name, a list writes it once per entry. Untouched names keep their order. */
export function changeSearch(search: string, change: UrlChange): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    next.delete(name);
    if (value === null || value === '') continue;
    for (const entry of typeof value === 'string' ? [value] : value) next.append(name, entry);
  }
  return next.toString();
}

export interface UrlState {
  readonly search: URLSearchParams;
  /** `push` adds a step for the Back button; `replace` is for what a person would not go back to. */
  readonly change: (change: UrlChange, history?: 'push' | 'replace') => void;
}

/** State that lives in the query string. */
export function useUrlState(): UrlState {
  const text = useSearch();
  const [, navigate] = useLocation();
  const change = useCallback(
    (wanted: UrlChange, history: 'push' | 'replace' = 'push') => {
      // The address itself, not the rendered one: two changes in one event must not undo each other.
      const search = changeSearch(window.location.search, wanted);
      const { pathname } = window.location;
      const base = import.meta.env.BASE_URL.replace(/\/$/, '');
      const path = pathname.slice(base.length) || '/';
      navigate(search === '' ? path : `${path}?${search}`, { replace: history === 'replace' });
    },
    [navigate],
  );
  return { search: new URLSearchParams(text), change };
}
