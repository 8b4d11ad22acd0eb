import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../camera/credentials.ts';
import { escapeXml } from './xml-tree.ts';

const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const UTILITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest';
const BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';

/**
 * WS-UsernameToken with a password digest: Base64(SHA-1(nonce + created + password)). Devices refuse a `created` too far from their own
 * clock, so that it is made with the camera's time, `createdMs`.
 */
export function userNameToken(credentials: Credentials, createdMs: number, nonce: Buffer = randomBytes(16)): string {
  // Whole seconds: some devices know no others.
  const created = `${new Date(createdMs).toISOString().slice(0, 19)}Z`;
  const digest = createHash('sha1').update(nonce).update(created).update(credentials.password, 'utf8').digest('base64');
  return (
    `<w:Security xmlns:w="${SECURITY}" s:mustUnderstand="1"><w:UsernameToken>` +
    `<w:Username>${escapeXml(credentials.username)}</w:Username>` +
    `<w:Password Type="${PROFILE}">${digest}</w:Password>` +
    `<w:Nonce EncodingType="${BASE64}">${nonce.toString('base64')}</w:Nonce>` +
    `<u:Created xmlns:u="${UTILITY}">${created}</u:Created></w:UsernameToken></w:Security>`
  );
}
