import { VedetteError } from '../base/errors.ts';

export function rowsMaxError(rowsMax: number): VedetteError {
  return new VedetteError(
    'QUERY_TOO_LARGE',
    `the query would read more than ${rowsMax} rows; narrow the time range or the selection`,
  );
}
