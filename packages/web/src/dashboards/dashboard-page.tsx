import type { ReactNode } from 'react';
export function DashboardPage({ uid }: { readonly uid: string }): ReactNode {
  return uid;
}
