import { createHash } from 'node:crypto';
import type { SitePlan } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { isMapping } from './written-value.ts';
import { PLANS_BYTES_MAX, PLANS_MAX, PLAN_BYTES_MAX, TEXT_LENGTH_MAX } from './limits.ts';
import { checkPicture } from './picture-check.ts';

interface StoredPlan {
  readonly type: SitePlan['type'];
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly hash: string;
  readonly at: string;
  readonly by: string;
  readonly base64: string;
}

/** Pictures of sites, on which cameras have a place. Kept with the other durable state: a plan is small and changes once a year. */
export class SitePlans {
  readonly #clock: Clock;
  readonly #table: StateTable<StoredPlan>;

  private constructor(clock: Clock, table: StateTable<StoredPlan>) {
    this.#clock = clock;
    this.#table = table;
  }

  static async open(clock: Clock, state: StateStore): Promise<SitePlans> {
    return new SitePlans(clock, await state.open('fleet.inventory.plans', parsed));
  }

  list(): readonly SitePlan[] {
    return [...this.#table.entries()]
      .map(([site, stored]) => shown(site, stored))
      .sort((one, other) => (one.site < other.site ? -1 : 1));
  }

  /** Throws SITE_PLAN_INVALID. */
  async put(site: string, bytes: Buffer, by: string): Promise<SitePlan> {
    const invalid = (message: string): VedetteError => new VedetteError('SITE_PLAN_INVALID', message);
    if (site === '' || site.length > TEXT_LENGTH_MAX) throw invalid('name the site');
    if (bytes.length > PLAN_BYTES_MAX)
      throw invalid(`the picture is larger than ${PLAN_BYTES_MAX / 1024 / 1024} MB; scale it down`);
    const checked = checkPicture(bytes);
    if (typeof checked === 'string') throw invalid(checked);
    let all = bytes.length;
    let count = 1;
    for (const [other, stored] of this.#table.entries()) {
      if (other === site) continue;
      all += stored.bytes;
      count++;
    }
    if (count > PLANS_MAX || all > PLANS_BYTES_MAX)
      throw invalid(
        `at most ${PLANS_MAX} plans of ${PLANS_BYTES_MAX / 1024 / 1024} MB together are kept; delete one first`,
      );
    const stored: StoredPlan = {
      ...checked,
      bytes: bytes.length,
      hash: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
      at: new Date(this.#clock.now()).toISOString(),
      by,
      base64: bytes.toString('base64'),
    };
    await this.#table.put(site, stored);
    return shown(site, stored);
  }

  /** Throws NOT_FOUND. */
  picture(site: string): { readonly type: string; readonly hash: string; readonly bytes: Buffer } {
    const { type, hash, base64 } = this.#stored(site);
    return { type, hash, bytes: Buffer.from(base64, 'base64') };
  }

  async delete(site: string): Promise<void> {
    this.#stored(site);
    await this.#table.delete(site);
  }

  #stored(site: string): StoredPlan {
    const stored = this.#table.get(site);
    if (stored) return stored;
    throw new VedetteError('NOT_FOUND', 'this site has no plan; GET /api/vedette/fleet/plans lists all');
  }
}

function shown(site: string, { type, width, height, bytes, hash, at, by }: StoredPlan): SitePlan {
  return {
    site,
    url: `/api/vedette/fleet/plans/${encodeURIComponent(site)}?v=${hash}`,
    type,
    bytes,
    width,
    height,
    changed: { at, by },
  };
}

function parsed(json: unknown): StoredPlan | undefined {
  return isMapping(json) && typeof json['base64'] === 'string' && typeof json['type'] === 'string'
    ? (json as unknown as StoredPlan)
    : undefined;
}
