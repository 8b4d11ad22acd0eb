import type { TroubleKind } from '@vedette/wire/http';
import type { SharedEvidence } from '../evidence/index.ts';
import { type Hit, type LostLink, STREAM_FAMILY } from '../topology/index.ts';
import type { FleetEntry } from './fleet-entry.ts';
import { failureOf } from './checks/failures.ts';
import { STREAM_KINDS } from './trouble-kinds.ts';

/** What a common cause is looked for by: all ways to lose the stream are one. */
export function familyOf(kind: TroubleKind): string {
  return STREAM_KINDS.has(kind) ? STREAM_FAMILY : kind;
}

/** A camera's troubles as things that may have a cause in common with others, each family once. */
export function hitsOf(entry: FleetEntry, windowMs: number): readonly Hit[] {
  const { verdict } = entry;
  if (!verdict || verdict.troubles.length === 0) return [];
  const failure = entry.watched.evidence.failure?.reason;
  const families = new Set<string>();
  const hits: Hit[] = [];
  for (const { kind, sinceMs } of verdict.troubles) {
    const family = familyOf(kind);
    // What a model sees, and whether a cable is loose, does not depend on where a camera is connected.
    if (families.has(family) || kind === 'model_drift' || kind === 'flapping') continue;
    // An address that may not be probed is a mistake in our settings, whatever the cameras have in common.
    if (family === STREAM_FAMILY && failure === 'policy') continue;
    families.add(family);
    const { goodAtMs } = verdict;
    const isKnown = family === STREAM_FAMILY && goodAtMs > 0 && goodAtMs < sinceMs;
    hits.push({
      id: entry.id,
      family,
      failure: failureOf(failure).kind === kind ? failure : undefined,
      parents: entry.parents,
      fromMs: isKnown ? goodAtMs : sinceMs - windowMs,
      toMs: sinceMs,
    });
  }
  return hits;
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
