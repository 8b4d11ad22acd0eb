import type { SharedEvidence } from '../evidence/index.ts';
import { type Hit, type LostLink, STREAM_FAMILY } from '../topology/index.ts';
import type { FleetEntry } from './fleet-entry.ts';
import { STREAM_KINDS } from './trouble-kinds.ts';

/** A camera's worst trouble as something that may have a cause in common with others; undefined: it has none. */
export function hitOf(entry: FleetEntry, windowMs: number): Hit | undefined {
  const worst = entry.verdict?.troubles[0];
  // What a model sees does not depend on where a camera is connected.
  if (!worst || worst.kind === 'model_drift' || worst.kind === 'flapping') return undefined;
  const isStream = STREAM_KINDS.has(worst.kind);
  const goodAtMs = isStream ? (entry.verdict?.goodAtMs ?? 0) : 0;
  return {
    id: entry.id,
    family: isStream ? STREAM_FAMILY : worst.kind,
    parents: entry.parents,
    fromMs: goodAtMs > 0 && goodAtMs < worst.sinceMs ? goodAtMs : worst.sinceMs - windowMs,
    toMs: worst.sinceMs,
  };
}

/** At least this part of a site's cameras must have fallen silent with its agent. */
const SILENT_RATIO = 0.5;

/** Sites whose agents are all unheard for longer than `afterMs`, and whose cameras fell silent with them. */
export function lostLinks(
  entries: Iterable<FleetEntry>,
  shared: SharedEvidence,
  afterMs: number,
  atMs: number,
): readonly LostLink[] {
  const heard = new Map<string, { agent: string; lastMs: number }>();
  for (const { agent, site, contactMs } of shared.agents.all()) {
    const known = heard.get(site);
    if (!known || contactMs > known.lastMs) heard.set(site, { agent, lastMs: contactMs });
  }
  for (const [site, { lastMs }] of heard) if (atMs - lastMs <= afterMs) heard.delete(site);
  if (heard.size === 0) return [];
  const silent = new Map<string, string[]>();
  const totals = new Map<string, number>();
  for (const { id, watched, rests } of entries) {
    const { site } = watched.camera;
    if (site === undefined || rests || !heard.has(site)) continue;
    totals.set(site, (totals.get(site) ?? 0) + 1);
    if (atMs - watched.evidence.heardAtMs <= afterMs) continue;
    const ofSite = silent.get(site);
    if (ofSite) ofSite.push(id);
    else silent.set(site, [id]);
  }
  return [...silent].flatMap(([site, cameras]): readonly LostLink[] => {
    const total = totals.get(site) ?? 0;
    const agent = heard.get(site);
    return agent && cameras.length >= SILENT_RATIO * total ? [{ site, ...agent, cameras, total }] : [];
  });
}
