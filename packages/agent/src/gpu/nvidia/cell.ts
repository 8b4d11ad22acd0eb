/** Texts that stand for "not told": with and without brackets, as drivers of different age write them. */
const NOT_TOLD =
  /^\[?(?:n\/a|not supported|unknown error|gpu is lost|insufficient permissions|gpu requires reset|not found|requested functionality has been deprecated|insufficient external power|unknown)\]?$/i;

const NUMBER = /^(-?\d{1,18}(?:\.\d{1,9})?)(?:\s*([A-Za-z%/]{1,8}))?$/;

/** Unit of a cell or of its column → factor to base units. */
const UNITS: Readonly<Record<string, number>> = {
  '%': 0.01,
  mib: 1_048_576,
  kib: 1_024,
  mhz: 1e6,
  w: 1,
  mw: 1e-3,
  us: 1e-6,
  ms: 1e-3,
  mj: 1e-3,
  j: 1,
  c: 1,
  'kb/s': 1e3,
  x: 1,
};

/** Undefined: the driver does not tell. The text is what nvidia-smi printed, blanks around it included. */
export function toldText(cell: string): string | undefined {
  const text = cell.trim();
  return text === '' || NOT_TOLD.test(text) ? undefined : text;
}

/**
 * A number in base units: `52`, `32362 MiB`, `627.40 W`, `100 %` (as 1), `16x`. `unit` is the column's own where cells come without
 * (`--format=csv,nounits`). Undefined when there is no number in it.
 */
export function toldNumber(cell: string, unit?: string): number | undefined {
  const text = toldText(cell);
  const match = text === undefined ? null : NUMBER.exec(text);
  if (match?.[1] === undefined) return undefined;
  const told = (match[2] ?? unit ?? '').toLowerCase();
  const factor = told === '' ? 1 : UNITS[told];
  return factor === undefined ? undefined : round(Number(match[1]) * factor);
}

/** Without what multiplying by a decimal fraction leaves behind: 0.07 for 7 %, not 0.07000000000000001. */
function round(value: number): number {
  return Number(value.toPrecision(15));
}

const YES = new Set(['active', 'enabled', 'yes']);
const NO = new Set(['not active', 'disabled', 'no']);

/** `Active`/`Not Active`, `Yes`/`No`, `Enabled`/`Disabled`. */
export function toldSwitch(cell: string): boolean | undefined {
  const text = toldText(cell)?.toLowerCase();
  if (text === undefined) return undefined;
  return YES.has(text) ? true : NO.has(text) ? false : undefined;
}
