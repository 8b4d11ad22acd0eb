import { createHash, createHmac } from 'node:crypto';

/** What is signed; header names in lower case. The host and the moment are added here. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningKey {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** `sns`. */
  readonly service: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Headers that sign a request for Amazon: `x-amz-date` and `authorization`. The request must go out with exactly the given headers and
 * the URL's host. Spec: docs.aws.amazon.com, "Signature Version 4 signing process".
 */
export function signatureHeaders(request: SignedRequest, key: SigningKey, atMs: number): Record<string, string> {
  const moment = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = moment.slice(0, 8);
  const headers = { ...request.headers, host: request.url.host, 'x-amz-date': moment };
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url.searchParams),
    ...names.map((name) => `${name}:${headers[name as keyof typeof headers]?.trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    sha256(request.body),
  ].join('\n');
  const scope = `${day}/${key.region}/${key.service}/aws4_request`;
  const toSign = [ALGORITHM, moment, scope, sha256(canonical)].join('\n');
  const signature = hmac(signingKey(key, day), toSign).toString('hex');
  return {
    'x-amz-date': moment,
    authorization: `${ALGORITHM} Credential=${key.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}

/** Of one day, in one region, for one service. */
export function signingKey({ secretKey, region, service }: SigningKey, day: string): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretKey}`),
  );
}

/** Everything but A-Z a-z 0-9 - _ . ~ as %XX. */
export function awsEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalPath(path: string): string {
  return path.split('/').map(awsEncode).join('/');
}

/** By encoded name, then by encoded value. */
function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => [awsEncode(name), awsEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : Number(x > y)) : a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
