import { PARAMETER_SETS_MAX, PARAMETER_SET_BYTES_MAX } from './limits.ts';

export type ParameterSetKind = 'vps' | 'sps' | 'pps';

/** Parameter sets of one stream, from the session description or from the stream; the newest of each kind and id counts. */
export class ParameterSets {
  readonly #sets: Record<ParameterSetKind, Uint8Array[]> = { vps: [], sps: [], pps: [] };

  /** Copies the NAL unit when it is new; its header included. */
  add(kind: ParameterSetKind, nal: Uint8Array): void {
    if (nal.length < 3 || nal.length > PARAMETER_SET_BYTES_MAX) return;
    const known = this.#sets[kind];
    for (const each of known) if (isEqual(each, nal)) return;
    // Several pictures parameter sets are usual; a camera that sends ever new ones keeps the first few and the newest.
    if (known.length === PARAMETER_SETS_MAX) known.pop();
    // Not `slice`: a Buffer would give a view of memory that the next packet overwrites.
    known.push(Uint8Array.from(nal));
  }

  /** Newest first. */
  of(kind: ParameterSetKind): readonly Uint8Array[] {
    return [...this.#sets[kind]].reverse();
  }

  get isEmpty(): boolean {
    return this.#sets.sps.length === 0;
  }

  /** Of all bytes, the same for the same sets in any order of arrival. */
  all(): readonly Uint8Array[] {
    return [...this.#sets.vps, ...this.#sets.sps, ...this.#sets.pps].sort((a, b) => Buffer.compare(a, b));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
