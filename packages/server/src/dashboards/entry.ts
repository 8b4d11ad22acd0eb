import { createHash } from 'node:crypto';
import type { DashboardModel, DashboardSummary } from '@vedette/wire/http';
import { normaliseDashboard, summarise, unwrapDashboard } from './normalise.ts';
import { textAt } from './loose-json.ts';
import type { ExpressionChecker } from './ports.ts';
import { type FoundDashboard, uidOf } from './read-document.ts';

/** A dashboard as this room holds it: the model that is drawn and the document it came from. */
export interface DashboardEntry {
  readonly model: DashboardModel;
  readonly summary: DashboardSummary;
  readonly text: string;
  readonly format: 'json' | 'yaml';
  /** File, or `file#entry`; '' for stored ones. */
  readonly place: string;
}

/** Throws DASHBOARD_INVALID. */
export function buildEntry(
  found: FoundDashboard,
  folder: string,
  source: DashboardSummary['source'],
  checker: ExpressionChecker,
): DashboardEntry {
  const dashboard = unwrapDashboard(found.json);
  const title = textAt(dashboard, 'title')?.trim() || found.titleHint;
  // A stored dashboard has no file: its own text tells it from others of the same title.
  const place = found.place === '' ? createHash('sha256').update(found.text).digest('hex') : found.place;
  const model = normaliseDashboard(found.json, { uid: uidOf(dashboard, title, place), title, folder, source }, checker);
  return { model, summary: summarise(model), text: found.text, format: found.format, place: found.place };
}
