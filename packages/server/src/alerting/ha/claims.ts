import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StateStore, StateTable } from '../../model/ports.ts';
import type { Replicas } from './replicas.ts';

const claimSchema = z.object({ target: z.string(), replica: z.string(), process: z.string() });
type Claim = z.infer<typeof claimSchema>;

/** One integration of one receiver, about one group. */
export interface ClaimTarget {
  readonly groupKey: string;
  readonly receiver: string;
  readonly integration: string;
}

/**
 * Who is telling what right now. Each replica has a claim of its own for each target. It holds the target when its claim is durable and
 * a look that began afterwards shows no claim of another living replica: of two, at least the later one sees the other.
 */
export class Claims {
  readonly #state: StateStore;
  readonly #replicas: Replicas;
  readonly #table: StateTable<Claim>;

  private constructor(state: StateStore, replicas: Replicas, table: StateTable<Claim>) {
    this.#state = state;
    this.#replicas = replicas;
    this.#table = table;
  }

  static async open(state: StateStore, replicas: Replicas): Promise<Claims> {
    const table = await state.open('ha-claims', (json) => claimSchema.safeParse(json).data);
    const claims = new Claims(state, replicas, table);
    await claims.#forgetOwn();
    return claims;
  }

  /** True when it is ours until `release`; false, with nothing left behind, when another one has it. Rejects when the database cannot say. */
  async take(target: ClaimTarget): Promise<boolean> {
    const { ownName, ownProcess } = this.#replicas;
    const hash = hashOf(target);
    await this.#table.put(`${hash} ${ownName}`, { target: hash, replica: ownName, process: ownProcess });
    await this.#state.refresh?.();
    if (!this.#isTaken(hash)) return true;
    await this.release(target);
    return false;
  }

  /** True when another living replica has it, as far as is known. */
  isTaken(target: ClaimTarget): boolean {
    return this.#isTaken(hashOf(target));
  }

  async release(target: ClaimTarget): Promise<void> {
    await this.#table.delete(`${hashOf(target)} ${this.#replicas.ownName}`);
  }

  #isTaken(hash: string): boolean {
    // A replica says that it lives before it claims anything: who has a claim is among them, however new it is.
    return this.#replicas.others().some((name) => {
      const claim = this.#table.get(`${hash} ${name}`);
      return claim !== undefined && this.#replicas.isLiving(name, claim.process);
    });
  }

  /** What a killed process of this name left. */
  async #forgetOwn(): Promise<void> {
    const own = [...this.#table.entries()].filter(([, claim]) => claim.replica === this.#replicas.ownName);
    await Promise.all(own.map(([key]) => this.#table.delete(key)));
  }
}

function hashOf({ groupKey, receiver, integration }: ClaimTarget): string {
  return createHash('sha256')
    .update(JSON.stringify([receiver, integration, groupKey]))
    .digest('hex')
    .slice(0, 32);
}
