import type { ReactNode } from 'react';
export function StatusPage({ view }: { readonly view: string }): ReactNode {
  return view;
}
