import { Secret } from '../../base/config-schema.ts';

/** Shorter texts are no secrets, and hiding them would spoil the words around them. */
const HIDDEN_CHARS_MIN = 3;
/** Keys in paths are longer than `v1` or `2024-01`. */
const TOKEN_CHARS_MIN = 10;
/** Nobody nests settings deeper. */
const DEPTH_MAX = 12;

/** Every form in which a secret may come back in an error: as it is, in a URL, in JSON, in Basic credentials. Longest first. */
export function hiddenForms(secret: string): readonly string[] {
  const forms = new Set([secret, secret.trim(), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  forms.add(Buffer.from(secret).toString('base64'));
  if (URL.canParse(secret) && /^https?:$/.test(new URL(secret).protocol))
    for (const form of ofUrl(secret)) forms.add(form);
  return [...forms].filter((form) => form.length >= HIDDEN_CHARS_MIN).sort((a, b) => b.length - a.length);
}

/** The host is no secret: who reads an error wants to know it. */
function ofUrl(secret: string): readonly string[] {
  const url = new URL(secret);
  const path = url.pathname + url.search;
  const user = `${decoded(url.username)}:${decoded(url.password)}`;
  return [
    url.href,
    ...(path === '/' ? [] : [path, decoded(url.pathname) + url.search]),
    ...(url.pathname === '/' ? [] : [url.pathname]),
    ...url.pathname.split('/').filter(looksLikeToken),
    ...url.searchParams.values(),
    ...(user === ':' ? [] : [Buffer.from(user).toString('base64'), url.password, decoded(url.password)]),
  ];
}

/** A part of a path that is a key rather than a word such as `services`: a receiver may repeat it alone. */
function looksLikeToken(part: string): boolean {
  return part.length >= TOKEN_CHARS_MIN && /\d/.test(part);
}

/** A broken escape stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** All secrets of a receiver's settings, wherever they stand. */
export function secretsOf(config: unknown, depth = 0): readonly string[] {
  if (config instanceof Secret) return hiddenForms(config.reveal());
  if (typeof config !== 'object' || config === null || depth > DEPTH_MAX) return [];
  const found = Object.values(config).flatMap((value) => secretsOf(value, depth + 1));
  return 'basic_auth' in config ? [...basicCredentials(config.basic_auth), ...found] : found;
}

/** As the header has them. */
function basicCredentials(auth: unknown): readonly string[] {
  if (typeof auth !== 'object' || auth === null || !('password' in auth) || !(auth.password instanceof Secret))
    return [];
  const user = 'username' in auth && typeof auth.username === 'string' ? auth.username : '';
  return [Buffer.from(`${user}:${auth.password.reveal()}`).toString('base64')];
}
