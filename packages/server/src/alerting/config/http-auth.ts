import { z } from 'zod';
import { secret } from '../../base/config-schema.ts';

/** Who we are towards a receiver or an external Alertmanager. */
export const basicAuth = z.strictObject({ username: z.string(), password: secret });
export const authorization = z.strictObject({ type: z.string().min(1).default('Bearer'), credentials: secret });

export interface HttpAuthConfig {
  readonly basic_auth?: z.output<typeof basicAuth> | undefined;
  readonly authorization?: z.output<typeof authorization> | undefined;
}

/** An http or https address; it may hold credentials, so it is a secret like Alertmanager's SecretURL. */
export const secretUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be an http or https URL such as http://pager.example:8080/hook',
  })
  .refine((text) => !URL.canParse(text) || hasReadableUser(new URL(text)), {
    error: 'has a user or password with a broken % escape; write % itself as %25',
  })
  .pipe(secret);

function hasReadableUser({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}
