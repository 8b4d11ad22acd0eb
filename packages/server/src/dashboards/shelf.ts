import type { DashboardList } from '@vedette/wire/http';
import type { DashboardEntry } from './entry.ts';

/** Looks up, imports and removes dashboards; what the HTTP side asks for. */
export interface DashboardShelf {
  /** Resolves when everything that is to be listed has been read. */
  settled(): Promise<void>;
  list(): DashboardList;
  /** Throws NOT_FOUND. */
  entry(uid: string): DashboardEntry;
  /** Throws DASHBOARD_INVALID. */
  importDocument(text: string, folder: string): Promise<{ readonly entry: DashboardEntry; readonly replaced: boolean }>;
  /** Throws NOT_FOUND, or DASHBOARD_INVALID when the dashboard is kept in a file. */
  remove(uid: string): Promise<void>;
}
