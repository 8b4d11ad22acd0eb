import type { ReactNode } from 'react';
export function AlertsPage({ view }: { readonly view: string }): ReactNode {
  return view;
}
