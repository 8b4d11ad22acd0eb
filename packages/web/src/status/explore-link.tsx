import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';

/** A metric or label whose series Explore shows, as a table. */
export function ExploreLink({ text, query }: { readonly text: string; readonly query: string }): ReactNode {
  return (
    <Link
      href={routes.explore({ queries: [query], instant: true })}
      title={`Show in Explore: ${query}`}
      className="font-mono text-xs break-all text-accent hover:underline"
    >
      {text}
    </Link>
  );
}
