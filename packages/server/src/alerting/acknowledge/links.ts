import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { UnixMs } from '../../base/clock.ts';
import { randomId } from '../../base/random.ts';
import { VedetteError } from '../../base/errors.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';

/** What a link allows, and nothing else: to acknowledge the alerts of one group that began before the link was made. */
export interface LinkClaim {
  /** `groupHash` of the group's key. */
  readonly group: string;
  /** Who got the notification. */
  readonly receiver: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Part of what is signed: a signature for another purpose is worth nothing here. */
const PURPOSE = 'acknowledge:1';
export const LINK_PREFIX = '/links/acknowledge/';
/** Longer than any that is made; below the router's limit for a part of a path. */
const TOKEN_CHARS_MAX = 1_000;
const RECEIVER_CHARS_MAX = 200;
const KEY_BYTES = 32;
const KEY_NAME = 'acknowledge';

const keySchema = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/) });
const payload = z.tuple([z.string(), z.string(), z.number(), z.number()]);

/** Makes and checks signed links; the key lives in the state, so that links survive restarts and hold for all replicas. */
export class AcknowledgeLinks {
  readonly #table: StateTable<z.infer<typeof keySchema>>;

  private constructor(table: StateTable<z.infer<typeof keySchema>>) {
    this.#table = table;
  }

  static async open(state: StateStore): Promise<AcknowledgeLinks> {
    const table = await state.open('link-key', (json) => keySchema.safeParse(json).data);
    if (!table.get(KEY_NAME)) await table.put(KEY_NAME, { key: randomId(KEY_BYTES) });
    return new AcknowledgeLinks(table);
  }

  /** The path of a link; times count in whole seconds. */
  path({ group, receiver, issuedAtMs, expiresAtMs }: LinkClaim): string {
    const claim = [group, receiver.slice(0, RECEIVER_CHARS_MAX), seconds(issuedAtMs), seconds(expiresAtMs)];
    const text = Buffer.from(JSON.stringify(claim)).toString('base64url');
    return `${LINK_PREFIX}${text}.${this.#sign(text).toString('base64url')}`;
  }

  /** Undefined when the token was not made here, was changed, or has expired. */
  claim(token: string, at: UnixMs): LinkClaim | undefined {
    const [text = '', signature = '', ...rest] = token.length <= TOKEN_CHARS_MAX ? token.split('.') : [];
    const wanted = this.#sign(text);
    const given = Buffer.from(signature, 'base64url');
    if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const parsed = payload.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    if (!parsed.success) return undefined;
    const [group, receiver, issued, expires] = parsed.data;
    if (expires * 1_000 <= at) return undefined;
    return { group, receiver, issuedAtMs: issued * 1_000, expiresAtMs: expires * 1_000 };
  }

  #sign(text: string): Buffer {
    // Asked each time: of two replicas that start at once, both use the key of the one that wrote last.
    const { key } = this.#table.get(KEY_NAME) ?? { key: undefined };
    if (key === undefined)
      throw new VedetteError('DATABASE_UNAVAILABLE', 'the key of signed links is gone; restart Vedette');
    return createHmac('sha256', Buffer.from(key, 'hex')).update(`${PURPOSE}\n${text}`).digest();
  }
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** Stands for a group's key in a link: keys hold labels, which do not belong into addresses. */
export function groupHash(groupKey: string): string {
  return createHash('sha256').update(groupKey).digest('hex').slice(0, 24);
}
