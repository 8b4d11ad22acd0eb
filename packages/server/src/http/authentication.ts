import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import type { HttpConfig } from './config.ts';

/** Decides whether an Authorization header is one of the configured users or tokens. */
export interface Authenticator {
  /** The user's name (`token` for a bearer token), or undefined when the header is missing or wrong. */
  authenticate(authorization: string | undefined): Promise<string | undefined>;
}

/** bcrypt costs tens of milliseconds on purpose; a header that passed once is remembered as a keyed digest. */
const REMEMBERED_MAX = 1_000;

/** Wrong passwords wait for one of these places, so that guessing cannot take the processor from scraping. */
const CONCURRENT_CHECKS_MAX = 2;

export function createAuthenticator(config: HttpConfig): Authenticator {
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const users = new Map(Object.entries(config.basic_auth_users));
  const tokens = config.bearer_tokens.map((token) => digest(token.reveal()));
  const remembered = new Map<string, string>();
  let checking = 0;
  // Compared for unknown users too, so that the answer takes as long and does not tell which names exist.
  const decoy = bcrypt.hashSync(randomBytes(12).toString('hex'), 10);

  const checkPassword = async (name: string, password: string): Promise<boolean> => {
    if (checking >= CONCURRENT_CHECKS_MAX) return false;
    checking++;
    try {
      const matches = await bcrypt.compare(password, users.get(name) ?? decoy);
      return matches && users.has(name);
    } finally {
      checking--;
    }
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
      if (!(await checkPassword(name, password))) return undefined;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(id, name);
      return name;
    },
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
