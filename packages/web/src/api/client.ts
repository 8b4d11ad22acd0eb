/** The only place that talks to the network. Addresses start at the base path that the application was built for. */

export type ApiErrorKind = 'network' | 'timeout' | 'http' | 'body';

/** What went wrong with a request, in words a person can act on. Cancelled requests reject with the signal's reason instead. */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `errorType` of the Prometheus API or `code` of Vedette's; '' when unknown. */
  readonly code: string;

  constructor(kind: ApiErrorKind, message: string, status = 0, code = '') {
    super(message);
    this.name = 'ApiError';
    this.kind = kind;
    this.status = status;
    this.code = code;
  }
}

/** Longer than the server's own query limit (2 min), so that the server's words arrive instead of ours. */
const REQUEST_TIMEOUT_MS = 130_000;

/** Error bodies of proxies can be whole pages. */
const ERROR_TEXT_CHARS_MAX = 400;

export function basePath(): string {
  return import.meta.env.BASE_URL.replace(/\/$/, '');
}

export async function getJson(path: string, signal?: AbortSignal): Promise<unknown> {
  return requestJson(path, {}, signal);
}

/** Posts a form: long regular expressions do not fit into an address. */
export async function postForm(
  path: string,
  fields: readonly (readonly [string, string])[],
  signal?: AbortSignal,
): Promise<unknown> {
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  return requestJson(path, { method: 'POST', body }, signal);
}

/** Sends a JSON body; an empty answer gives null. */
export async function sendJson(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const init: RequestInit =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return requestJson(path, init, signal);
}

/** Sends a file as it is, under its own content type. */
export async function sendFile(
  method: 'POST' | 'PUT',
  path: string,
  file: Blob,
  signal?: AbortSignal,
): Promise<unknown> {
  const headers = { 'content-type': file.type || 'application/octet-stream' };
  return requestJson(path, { method, body: file, headers }, signal);
}

async function requestJson(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<unknown> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${basePath()}${path}`, {
      ...init,
      headers: { ...(init.headers as Record<string, string> | undefined), accept: 'application/json' },
      signal: either,
      credentials: 'same-origin',
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) throw new ApiError('timeout', `No answer within ${REQUEST_TIMEOUT_MS / 1000} s`);
    setConnection('lost');
    throw new ApiError('network', 'Vedette cannot be reached');
  }
  setConnection('ok');
  if (!response.ok) throw readErrorBody(response.status, text);
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ApiError('body', `The answer of ${path} is not JSON: ${String(error)}`, response.status);
  }
}

/** Reads the error bodies of the Prometheus API (`{errorType, error}`), of Alertmanager's (a JSON string) and of Vedette's own (`{code, message}`). */
export function readErrorBody(status: number, text: string): ApiError {
  const body = text.startsWith('"') ? { error: plainString(text) } : parseObject(text);
  const message = [body['error'], body['message']].find((value) => typeof value === 'string' && value !== '');
  const code = [body['errorType'], body['code']].find((value) => typeof value === 'string');
  const words = typeof message === 'string' ? message : plainWords(status, text);
  return new ApiError('http', words, status, typeof code === 'string' ? code : '');
}

function plainString(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(0, ERROR_TEXT_CHARS_MAX); // Not JSON after all.
  }
}

function parseObject(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // Not JSON after all: the caller falls back to the status.
  }
}

function plainWords(status: number, text: string): string {
  if (status === 401) return 'Credentials are missing or wrong: sign in and try again';
  if (status === 404) return 'The server has nothing at this address';
  if (status === 503) return 'The server is busy or still starting; try again in a moment';
  const excerpt = text.startsWith('<') ? '' : text.trim().slice(0, ERROR_TEXT_CHARS_MAX);
  return excerpt === '' ? `The server answered HTTP ${status}` : `The server answered HTTP ${status}: ${excerpt}`;
}

export type Connection = 'ok' | 'lost';

let connection: Connection = 'ok';
const listeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

export function currentConnection(): Connection {
  return connection;
}

export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks whether the server answers at all; the connection state follows from the outcome. */
export async function probe(signal: AbortSignal): Promise<void> {
  try {
    await fetch(`${basePath()}/-/healthy`, { signal, cache: 'no-store' });
    setConnection('ok');
  } catch (error) {
    if (!signal.aborted) setConnection('lost');
    else throw error;
  }
}
