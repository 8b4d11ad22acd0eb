import { URL_BYTES_MAX } from './limits.ts';

/** Visible ASCII only: what a server names is put into our next request, and must not add lines to it. */
const SAFE = /^[\u0021-\u007e]+$/;

export function isSafeUrl(text: string): boolean {
  return text.length > 0 && text.length <= URL_BYTES_MAX && SAFE.test(text);
}

/**
 * The URL that an `a=control` value means (RFC 2326, C.1.1). Relative values are appended to the base as cameras expect it, also behind
 * a query string; `*` and an absent value are the base itself. Undefined when the result may not be sent.
 */
export function controlUrl(base: string, control: string | undefined): string | undefined {
  const trimmed = control?.trim();
  let url = base;
  if (trimmed === undefined || trimmed === '' || trimmed === '*') url = base;
  else if (/^rtsps?:\/\//i.test(trimmed)) url = trimmed;
  else if (trimmed.startsWith('/')) url = origin(base) + trimmed;
  else url = base.endsWith('/') ? base + trimmed : `${base}/${trimmed}`;
  return isSafeUrl(url) ? url : undefined;
}

function origin(url: string): string {
  const authority = url.indexOf('://') + 3;
  const slash = url.indexOf('/', authority);
  return slash < 0 ? url : url.slice(0, slash);
}
