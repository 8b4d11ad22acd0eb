import type { CauseCard, TroubleKind } from '@vedette/wire/http';
import { LINK_FAMILY, causeAdvice, causeKind, causeReason } from './cause-words.ts';
import type { Parent } from './parents.ts';
import { type Explanation, type Hit, type RollUpRules, explain, explanationKey } from './roll-up.ts';
import { sharedFailure } from './shared-failure.ts';

/** One cause with its card. */
export interface Cause {
  readonly family: string;
  /** What it is for each of its cameras: a parent that is down, or the trouble that they share. */
  readonly kind: TroubleKind;
  /** The reason for which the probes of nearly all of its cameras fail, where the parent does not explain it. */
  readonly failure: string | undefined;
  readonly card: CauseCard;
}

/** A site whose agent was not heard for too long, and its cameras of which nothing is heard either. */
export interface LostLink {
  readonly site: string;
  readonly agent: string;
  readonly lastMs: number;
  readonly cameras: readonly string[];
  readonly total: number;
}

/** The causes that are there at present; a cause keeps its id and its beginning while it lasts. */
export class Causes {
  readonly #rules: RollUpRules;
  #causes: readonly Cause[] = [];
  #byCamera = new Map<string, Cause[]>();
  /** Changes whenever a card does. */
  version = 0;

  constructor(rules: RollUpRules) {
    this.#rules = rules;
  }

  get all(): readonly Cause[] {
    return this.#causes;
  }

  /** The cause that explains the camera's trouble of that family; a link that is down explains all of them, and silence. */
  of(cameraId: string, family: string | undefined): Cause | undefined {
    return this.#byCamera.get(cameraId)?.find((cause) => cause.family === family || cause.family === LINK_FAMILY);
  }

  /** Finds the causes behind the cameras that are in trouble now. Returns whether anything changed. */
  update(hits: readonly Hit[], totals: ReadonlyMap<string, number>, links: readonly LostLink[]): boolean {
    if (hits.length === 0 && links.length === 0 && this.#causes.length === 0) return false;
    const before = new Map(this.#causes.map((cause) => [cause.card.id, cause]));
    const cut = new Set(links.flatMap(({ cameras }) => cameras));
    const explained = explain(
      hits.filter(({ id }) => !cut.has(id)),
      totals,
      this.#rules,
      new Set(before.keys()),
    );
    const next = [
      ...links.map((link) => lostLink(link, before)),
      ...explained.map((explanation) => explainedCause(explanation, before)),
    ].sort((a, b) => b.card.affected - a.card.affected || (a.card.id < b.card.id ? -1 : 1));
    const same = next.length === this.#causes.length && next.every((cause, i) => cause === this.#causes[i]);
    if (same) return false;
    this.#causes = next;
    this.#byCamera = new Map();
    for (const cause of next) {
      for (const id of cause.card.cameras) {
        const known = this.#byCamera.get(id);
        if (known) known.push(cause);
        else this.#byCamera.set(id, [cause]);
      }
    }
    this.version++;
    return true;
  }
}

function explainedCause({ family, parent, hits, total }: Explanation, before: ReadonlyMap<string, Cause>): Cause {
  const { level, name } = parent;
  const failure = sharedFailure(hits, before.get(explanationKey(family, parent))?.failure);
  return kept(
    before,
    { family, failure, parent },
    {
      affected: hits.length,
      total,
      sinceMs: Math.min(...hits.map(({ toMs }) => toMs)),
      reason: causeReason({ family, failure, level }, name, hits.length, total),
      cameras: hits.map(({ id }) => id).sort(),
    },
  );
}

function lostLink({ site, agent, lastMs, cameras, total }: LostLink, before: ReadonlyMap<string, Cause>): Cause {
  return kept(
    before,
    { family: LINK_FAMILY, failure: undefined, parent: { level: 'link', name: site, site } },
    {
      affected: cameras.length,
      total,
      sinceMs: lastMs,
      reason: `link to site ${site}: agent ${agent} is not heard, and ${cameras.length} of ${total} cameras with it; they may be well`,
      cameras: [...cameras].sort(),
    },
  );
}

/** The cause as it was when nothing changed, so that equal is the same object. */
function kept(
  before: ReadonlyMap<string, Cause>,
  about: { readonly family: string; readonly failure: string | undefined; readonly parent: Parent },
  found: Pick<CauseCard, 'affected' | 'total' | 'sinceMs' | 'reason' | 'cameras'>,
): Cause {
  const { family, failure, parent } = about;
  const { level, name, site } = parent;
  const id = explanationKey(family, parent);
  const known = before.get(id);
  if (
    known &&
    known.card.reason === found.reason &&
    known.card.cameras.length === found.cameras.length &&
    known.card.cameras.every((camera, i) => camera === found.cameras[i])
  )
    return known;
  return {
    family,
    kind: causeKind({ family, failure, level }),
    failure,
    card: {
      id,
      level,
      name,
      ...(site === undefined ? {} : { site }),
      affected: found.affected,
      total: found.total,
      sinceMs: known ? Math.min(known.card.sinceMs, found.sinceMs) : found.sinceMs,
      reason: found.reason,
      advice: causeAdvice({ family, failure, level }),
      cameras: found.cameras,
    },
  };
}
