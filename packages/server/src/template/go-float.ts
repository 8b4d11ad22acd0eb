/** Floats as Go's strconv writes them: two exponent digits, ties to even, `%g` switching at 1e-4 and the precision. */
export type FloatVerb = 'e' | 'f' | 'g';

/** Precision undefined: the shortest text that reads back to the same number. */
export function formatFloat(value: number, verb: FloatVerb, precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  switch (verb) {
    case 'e':
      return sign + exponential(digitsOf(size, precision === undefined ? undefined : precision + 1), precision);
    case 'f':
      return sign + (precision === undefined ? plain(digitsOf(size, undefined)) : fixed(size, precision));
    case 'g': {
      const wanted = precision === 0 ? 1 : precision;
      const digits = digitsOf(size, wanted);
      const trimmed = { digits: digits.digits.replace(/0+$/, '') || '0', exponent: digits.exponent };
      let threshold = wanted ?? SHORTEST_PRECISION;
      const isWhole = trimmed.digits.length >= trimmed.exponent + 1;
      if (wanted !== undefined && wanted > trimmed.digits.length && isWhole) threshold = trimmed.digits.length;
      if (trimmed.exponent < -4 || trimmed.exponent >= threshold)
        return sign + exponential(trimmed, trimmed.digits.length - 1);
      return sign + plain(trimmed);
    }
  }
}

/** Without a precision the choice of form is made as if six digits had been asked for: 1e+06, but 999999. */
const SHORTEST_PRECISION = 6;

interface Digits {
  /** Significant digits, first one not zero unless the number is zero. */
  readonly digits: string;
  /** Decimal exponent of the first digit. */
  readonly exponent: number;
}

/** toFixed and toExponential accept at most this many digits. */
const JS_DIGITS_MAX = 100;

function digitsOf(size: number, count: number | undefined): Digits {
  const text = count === undefined ? size.toExponential() : exponentialEven(size, Math.min(count - 1, JS_DIGITS_MAX));
  const [mantissa = '0', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function exponential({ digits, exponent }: Digits, precision: number | undefined): string {
  const rest = precision === undefined ? digits.slice(1) : digits.slice(1).padEnd(precision, '0');
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0] ?? '0'}${rest === '' ? '' : `.${rest}`}e${exponent < 0 ? '-' : '+'}${power}`;
}

function plain({ digits, exponent }: Digits): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`.replace(/\.0*$/, '');
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = digits.slice(exponent + 1);
  return rest === '' ? whole : `${whole}.${rest}`;
}

/** JavaScript rounds ties up, Go to even; a tie ends in 5 and nothing after it. */
function fixed(size: number, precision: number): string {
  if (size >= 1e21) return BigInt(size).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
  const digits = Math.min(precision, JS_DIGITS_MAX);
  const rounded = size.toFixed(digits);
  const longer = size.toFixed(Math.min(JS_DIGITS_MAX, digits + TIE_LOOKAHEAD));
  const cut = longer.slice(0, longer.indexOf('.') === -1 ? longer.length : longer.indexOf('.') + 1 + digits);
  const kept = digits === 0 ? cut.replace('.', '') : cut;
  const tail = longer.slice(cut.length);
  const isEven = /[02468]$/.test(kept);
  const text = /^50*$/.test(tail) && isEven ? kept : rounded;
  return precision > digits ? text + '0'.repeat(precision - digits) : text;
}

const TIE_LOOKAHEAD = 40;

function exponentialEven(size: number, precision: number): string {
  const rounded = size.toExponential(precision);
  const longer = size.toExponential(Math.min(JS_DIGITS_MAX, precision + TIE_LOOKAHEAD));
  const [mantissa = '', power = '+0'] = longer.split('e');
  const cut = precision === 0 ? 2 : precision + 2;
  const kept = mantissa.slice(0, cut).replace(/\.$/, '');
  return /^50*$/.test(mantissa.slice(cut)) && /[02468]$/.test(kept) ? `${kept}e${power}` : rounded;
}
