import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { VedetteError } from '../base/errors.ts';
import type { HttpConfig } from './config.ts';

/** Decides whether an Authorization header is one of the configured users or tokens. */
export interface Authenticator {
  /**
   * The user's name (`token` for a bearer token), or undefined when the header is missing or wrong. Throws SIGN_IN_BUSY when too
   * many passwords are being checked to say.
   */
  authenticate(authorization: string | undefined): Promise<string | undefined>;
}

/** bcrypt costs tens of milliseconds on purpose; a header that passed once is remembered as a keyed digest. */
const REMEMBERED_MAX = 1_000;

/** Passwords checked at once, so that guessing cannot take the processor from scraping. */
const CONCURRENT_CHECKS_MAX = 2;

export function createAuthenticator(config: HttpConfig): Authenticator {
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const users = new Map(Object.entries(config.basic_auth_users));
  const tokens = config.bearer_tokens.map((token) => digest(token.reveal()));
  const remembered = new Map<string, string>();
  /** By digest of the credentials: senders come back all at once, with the same ones. */
  const checking = new Map<string, Promise<boolean>>();
  // Compared for unknown users too, so that the answer takes as long and does not tell which names exist.
  const decoy = hashOfNobody(Object.values(config.basic_auth_users)[0]);

  const checkPassword = async (id: string, name: string, password: string): Promise<boolean> => {
    const running = checking.get(id);
    if (running) return running;
    // Not "wrong": a remote-writer drops its samples on 401, and sends them again on 503.
    if (checking.size >= CONCURRENT_CHECKS_MAX)
      throw new VedetteError('SIGN_IN_BUSY', 'too many passwords are being checked; send the request again');
    const check = bcrypt
      .compare(password, users.get(name) ?? decoy)
      .then((matches) => matches && users.has(name))
      .finally(() => checking.delete(id));
    checking.set(id, check);
    return check;
  };

  return {
    authenticate: async (authorization) => {
      const [scheme, credentials] = splitOnce(authorization ?? '', ' ');
      if (scheme.toLowerCase() === 'bearer') {
        const given = digest(credentials);
        return tokens.some((token) => timingSafeEqual(token, given)) ? 'token' : undefined;
      }
      if (scheme.toLowerCase() !== 'basic') return undefined;
      const id = digest(credentials).toString('base64');
      const known = remembered.get(id);
      if (known !== undefined) return known;
      const [name, password] = splitOnce(Buffer.from(credentials, 'base64').toString('utf8'), ':');
      if (!(await checkPassword(id, name, password))) return undefined;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(id, name);
      return name;
    },
  };
}

/** A hash that nobody has the password of, as costly to compare with as the given one; hashing one would delay every start. */
function hashOfNobody(like = '$2b$10$'): string {
  return like.slice(0, '$2b$10$'.length) + randomBytes(40).toString('hex').slice(0, 53);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
