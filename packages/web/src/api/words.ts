import { ApiError } from './client.ts';

export interface Words {
  readonly title: string;
  readonly detail: string;
}

/** Turns anything thrown by a request into a title and one sentence that says what to do. */
export function words(error: unknown): Words {
  if (!(error instanceof ApiError)) {
    return {
      title: 'Something went wrong in the page',
      detail: error instanceof Error ? error.message : String(error),
    };
  }
  if (error.kind === 'network') {
    return {
      title: 'No connection',
      detail: 'Vedette did not answer. Check that it runs; the page tries again by itself.',
    };
  }
  if (error.kind === 'timeout') {
    return { title: 'No answer in time', detail: `${error.message}. Choose a shorter range or a simpler query.` };
  }
  return { title: titleOf(error), detail: error.message };
}

/** The same for a page that keeps its last answer: while nothing answers at all, the banner says so once for the whole page. */
export function pollFailure(poll: { readonly data: unknown; readonly error: unknown }): Words | null {
  const { data, error } = poll;
  const offline = error instanceof ApiError && error.kind === 'network';
  return error === null || (offline && data !== undefined) ? null : words(error);
}

function titleOf(error: ApiError): string {
  switch (error.code) {
    case 'bad_data':
    case 'PROMQL_PARSE':
      return 'The query is not valid';
    case 'PROMQL_UNSUPPORTED':
      return 'Not available in this version';
    case 'timeout':
    case 'QUERY_TIMEOUT':
      return 'The query ran out of time';
    case 'execution':
    case 'QUERY_TOO_LARGE':
      return 'The query failed';
    default:
      break;
  }
  if (error.status === 401) return 'Not signed in';
  if (error.status === 404) return 'Not found';
  if (error.status >= 500) return 'The server failed';
  return 'The request was refused';
}

export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Where a parse error points to: Prometheus starts such messages with `line:column:`, counted from 1. */
export function errorSpan(message: string, query: string): TextSpan | null {
  const match = /(?:^|\s)(\d+):(\d+)(?:-(?:\d+:)?(\d+))?:/.exec(message);
  if (!match) return null;
  const lines = query.split('\n');
  const line = Number(match[1]) - 1;
  const column = Number(match[2]) - 1;
  if (line < 0 || line >= lines.length || column < 0) return null;
  const start = Math.min(query.length, lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column);
  const word = /^\w+/.exec(query.slice(start))?.[0].length ?? 1;
  return { start, end: start + word };
}
