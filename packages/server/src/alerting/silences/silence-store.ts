import { randomUUID } from 'node:crypto';
import type { UnixMs } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { rfc3339 } from '../fingerprint.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { Silence, SilenceDraft, SilenceState, SilenceStore } from '../ports.ts';
import { checkSilence, invalid } from './check-silence.ts';
import { SilenceIndex } from './silence-index.ts';
import { EXPIRED_MAX, SILENCE_LIMITS, type SilenceLimits } from './silence-limits.ts';
import { type SilenceRecord, readRecord, recordOf, silenceOf } from './silence-record.ts';

/** Reads the silences of earlier processes. Expired ones stay until `collect` finds them old. */
export async function openSilences(state: StateStore, limits: SilenceLimits = SILENCE_LIMITS): Promise<Silences> {
  return new Silences(await state.open('silences', readRecord), limits);
}

/** Silences in memory, written through; changing and expiring follow Alertmanager's rules (silence/silence.go). */
export class Silences implements SilenceStore {
  readonly #table: StateTable<SilenceRecord>;
  readonly #limits: SilenceLimits;
  readonly #silences = new Map<string, Silence>();
  /** Of those that have not been seen expired. */
  readonly #index = new SilenceIndex();
  readonly #indexed = new Set<Silence>();

  constructor(table: StateTable<SilenceRecord>, limits: SilenceLimits) {
    this.#table = table;
    this.#limits = limits;
    for (const [id, record] of table.entries()) this.#take(id, record);
    // For as long as the table itself: both end with the process.
    table.changes?.((changed) => {
      for (const [id, record] of changed) this.#take(id, record);
    });
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  list(): readonly Silence[] {
    return [...this.#silences.values()];
  }

  state(silence: Silence, at: UnixMs): SilenceState {
    return stateOf(silence, at);
  }

  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined {
    const active = this.#index.find(labels).filter((silence) => stateOf(silence, at) === 'active');
    if (active.length === 0) return undefined;
    active.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { by: 'silence', ids: active.map(({ id }) => id), text: reasonText(active) };
  }

  async set(draft: SilenceDraft, at: UnixMs): Promise<string> {
    const { id, ...rest } = draft;
    const previous = id === undefined || id === '' ? undefined : this.#silences.get(id);
    if (id !== undefined && id !== '' && !previous) throw notFound();
    checkSilence(draft);
    if (previous && canUpdate(previous, draft, at)) {
      await this.#write([{ ...rest, id: previous.id, updatedAtMs: at }]);
      return previous.id;
    }
    const replaced = previous && stateOf(previous, at) !== 'expired' ? [ended(previous, at)] : [];
    this.#checkRoom(at, replaced.length);
    const created: Silence = {
      ...rest,
      id: randomUUID(),
      startsAtMs: Math.max(rest.startsAtMs, at),
      updatedAtMs: at,
    };
    if (created.endsAtMs < created.startsAtMs) throw invalid('end time must not be before start time');
    await this.#write([created, ...replaced]);
    return created.id;
  }

  async expire(id: string, at: UnixMs): Promise<void> {
    const silence = this.#silences.get(id);
    if (!silence) throw notFound();
    if (stateOf(silence, at) !== 'expired') await this.#write([ended(silence, at)]);
  }

  /** Forgets silences that expired some time ago. */
  async collect(at: UnixMs): Promise<void> {
    const expired = this.list()
      .filter((silence) => stateOf(silence, at) === 'expired')
      .sort((a, b) => b.endsAtMs - a.endsAtMs);
    for (const silence of expired) this.#unindex(silence);
    const old = expired.filter(({ endsAtMs }, i) => i >= EXPIRED_MAX || endsAtMs + this.#limits.retentionMs <= at);
    for (const { id } of old) this.#forget(id);
    await Promise.all(old.map(({ id }) => this.#table.delete(id)));
  }

  count(at: UnixMs): Readonly<Record<SilenceState, number>> {
    const counts = { pending: 0, active: 0, expired: 0 };
    for (const silence of this.#silences.values()) counts[stateOf(silence, at)]++;
    return counts;
  }

  #checkRoom(at: UnixMs, leaving: number): void {
    const { silencesMax } = this.#limits;
    if (this.#silences.size - leaving < silencesMax) return;
    const { active, pending } = this.count(at);
    const held = active + pending - leaving;
    if (held >= silencesMax)
      throw new VedetteError(
        'SILENCE_INVALID',
        `exceeded maximum number of silences: ${held} (limit: ${silencesMax}); expire some, or use regular expressions`,
      );
  }

  /** All or none reaches the memory; resolves when they survive kill -9. */
  async #write(silences: readonly Silence[]): Promise<void> {
    const { silenceBytesMax } = this.#limits;
    const records = silences.map((silence) => [silence.id, recordOf(silence)] as const);
    for (const [, record] of records) {
      const bytes = Buffer.byteLength(JSON.stringify(record));
      if (bytes > silenceBytesMax)
        throw new VedetteError(
          'SILENCE_INVALID',
          `silence exceeded maximum size: ${bytes} bytes (limit: ${silenceBytesMax} bytes)`,
        );
    }
    for (const silence of silences) this.#remember(silence);
    await this.#table.putAll(records);
  }

  /** What the table holds now, written by whichever process. */
  #take(id: string, record: SilenceRecord | undefined): void {
    const silence = record && silenceOf(id, record);
    if (silence) this.#remember(silence);
    else this.#forget(id);
  }

  #forget(id: string): void {
    const silence = this.#silences.get(id);
    if (!silence) return;
    this.#unindex(silence);
    this.#silences.delete(id);
  }

  #remember(silence: Silence): void {
    const before = this.#silences.get(silence.id);
    if (before) this.#unindex(before);
    this.#silences.set(silence.id, silence);
    this.#index.add(silence);
    this.#indexed.add(silence);
  }

  #unindex(silence: Silence): void {
    if (this.#indexed.delete(silence)) this.#index.remove(silence);
  }
}

function stateOf({ startsAtMs, endsAtMs }: Silence, at: UnixMs): SilenceState {
  if (at < startsAtMs) return 'pending';
  return at < endsAtMs ? 'active' : 'expired';
}

/** Whether the id may stay: the same matchers, and no change of what has already happened. */
function canUpdate(before: Silence, after: SilenceDraft, at: UnixMs): boolean {
  if (!sameMatchers(before.matchers, after.matchers)) return false;
  switch (stateOf(before, at)) {
    case 'active':
      // Clients send the beginning back in whole seconds.
      return Math.floor(after.startsAtMs / 1000) === Math.floor(before.startsAtMs / 1000) && after.endsAtMs >= at;
    case 'pending':
      return after.startsAtMs >= at;
    case 'expired':
      return false;
  }
}

function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const text = (matchers: readonly Matcher[]): string =>
    JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]));
  return text(a) === text(b);
}

/** One that had not begun never was. */
function ended(silence: Silence, at: UnixMs): Silence {
  return { ...silence, startsAtMs: Math.min(silence.startsAtMs, at), endsAtMs: at, updatedAtMs: at };
}

function reasonText(active: readonly Silence[]): string {
  const [first] = active;
  if (!first) return '';
  const who = first.createdBy === '' ? 'somebody' : first.createdBy;
  const why = first.comment === '' ? '' : `: ${first.comment}`;
  const more = active.length === 1 ? '' : ` (and ${active.length - 1} more)`;
  return `silenced by ${who} until ${rfc3339(first.endsAtMs)}${why}${more}`;
}

function notFound(): VedetteError {
  return new VedetteError('NOT_FOUND', 'silence not found');
}
