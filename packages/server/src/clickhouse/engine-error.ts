import { VedetteError, errorMessage, isVedetteError, type ErrorCode } from '../base/errors.ts';

/** ClickHouse error codes that mean something to us (src/Common/ErrorCodes.cpp); all others are DATABASE_QUERY. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  159: 'DATABASE_TIMEOUT', // TIMEOUT_EXCEEDED
  158: 'QUERY_TOO_LARGE', // TOO_MANY_ROWS
  396: 'QUERY_TOO_LARGE', // TOO_MANY_ROWS_OR_BYTES: max_result_bytes
  241: 'QUERY_TOO_LARGE', // MEMORY_LIMIT_EXCEEDED
  243: 'DISK_FULL', // NOT_ENOUGH_SPACE
  394: 'QUERY_CANCELLED', // QUERY_WAS_CANCELLED
  202: 'DATABASE_UNAVAILABLE', // TOO_MANY_SIMULTANEOUS_QUERIES
  242: 'DATABASE_UNAVAILABLE', // TABLE_IS_READ_ONLY
  252: 'DATABASE_UNAVAILABLE', // TOO_MANY_PARTS: merges are behind
  236: 'DATABASE_UNAVAILABLE', // ABORTED: the engine shuts down
};

const DISK_FULL_TEXT = /No space left on device|ENOSPC|Cannot reserve .* not enough space/i;

/** The engine's error number, from the message when the binding gives none. */
export function engineCode(error: unknown): number | undefined {
  const direct =
    typeof error === 'object' && error !== null
      ? ((error as { clickhouseCode?: unknown }).clickhouseCode ?? (error as { code?: unknown }).code)
      : undefined;
  if (typeof direct === 'number') return direct;
  if (typeof direct === 'string' && /^\d+$/.test(direct)) return Number(direct);
  const match = /\bCode: (\d+)\b/.exec(errorMessage(error));
  return match ? Number(match[1]) : undefined;
}

/** What the engine threw, as ours: the code by its number, the engine's first line in the message, never the statement. */
export function fromEngine(error: unknown, doing: string): VedetteError {
  if (isVedetteError(error)) return error;
  const number = engineCode(error);
  const text = firstLine(errorMessage(error));
  const code = DISK_FULL_TEXT.test(text) ? 'DISK_FULL' : CODES[number ?? 0];
  const remedy = code === 'DISK_FULL' ? '; free space on the disk or lower storage.retention' : '';
  return new VedetteError(code ?? 'DATABASE_QUERY', `${doing}: ${text}${remedy}`, {
    cause: error,
    ...(number === undefined ? {} : { details: { engineCode: number } }),
  });
}

const FIRST_LINE_CHARACTERS_MAX = 500;

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > FIRST_LINE_CHARACTERS_MAX ? `${line.slice(0, FIRST_LINE_CHARACTERS_MAX)} …` : line;
}
