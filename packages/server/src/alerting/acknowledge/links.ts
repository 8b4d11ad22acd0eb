import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { UnixMs } from '../../base/clock.ts';
import { randomId } from '../../base/random.ts';
import type { StateStore } from '../../model/ports.ts';

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

const keySchema = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/) });
const payload = z.tuple([z.string(), z.string(), z.number(), z.number()]);

/** Makes and checks signed links; the key lives in the state, so that links survive restarts and hold for all replicas. */
export class AcknowledgeLinks {
  readonly #key: Buffer;

  private constructor(key: string) {
    this.#key = Buffer.from(key, 'hex');
  }

  static async open(state: StateStore): Promise<AcknowledgeLinks> {
    const table = await state.open('link-key', (json) => keySchema.safeParse(json).data);
    const known = table.get('acknowledge');
    const key = known?.key ?? randomId(KEY_BYTES);
    if (!known) await table.put('acknowledge', { key });
    return new AcknowledgeLinks(key);
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
    return createHmac('sha256', this.#key).update(`${PURPOSE}\n${text}`).digest();
  }
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** Stands for a group's key in a link: keys hold labels, which do not belong into addresses. */
export function groupHash(groupKey: string): string {
  return createHash('sha256').update(groupKey).digest('hex').slice(0, 24);
}
