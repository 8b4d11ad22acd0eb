import type { FunctionEvaluation } from '../exec/evaluator.ts';
import { mapValues } from '../exec/scalar-operator.ts';
import { KEEP_NAME } from '../exec/stream.ts';
import { Labels } from '../../../model/labels.ts';
import type { FunctionFamily } from './argument.ts';

const DAY_SECONDS = 86_400;

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Gregorian date of a day number since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function civil(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function dayNumber(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Days since the epoch, and the second inside the day, of a time in (possibly fractional) seconds. */
function split(seconds: number): { readonly days: number; readonly rest: number } {
  const whole = Math.trunc(seconds);
  const days = Math.floor(whole / DAY_SECONDS);
  return { days, rest: whole - days * DAY_SECONDS };
}

/** Part of the UTC date that the value stands for, or of the evaluation time without argument. */
function datePart(part: (seconds: number) => number): FunctionEvaluation {
  const safe = (seconds: number): number => (Number.isFinite(seconds) ? part(seconds) : NaN);
  return async (call, grid, evaluator) => {
    const [expr] = call.args;
    if (expr) {
      const stream = await evaluator.vector(expr, grid);
      return { type: 'vector', stream: mapValues(stream, grid.steps, safe, evaluator) };
    }
    return {
      type: 'vector',
      stream: {
        labels: [Labels.EMPTY],
        nameMark: Uint8Array.of(KEEP_NAME),
        distinct: true,
        fill: (_row, values, present) => {
          present.fill(1);
          for (let k = 0; k < grid.steps; k++) values[k] = safe((grid.startMs + k * grid.stepMs) / 1000);
        },
      },
    };
  };
}

export const dateFunctions: FunctionFamily = {
  minute: datePart((seconds) => Math.floor(split(seconds).rest / 60) % 60),
  hour: datePart((seconds) => Math.floor(split(seconds).rest / 3600)),
  // 1970-01-01 was a Thursday.
  day_of_week: datePart((seconds) => (((split(seconds).days + 4) % 7) + 7) % 7),
  day_of_month: datePart((seconds) => civil(split(seconds).days).day),
  day_of_year: datePart((seconds) => {
    const { days } = split(seconds);
    return days - dayNumber(civil(days).year, 1, 1) + 1;
  }),
  days_in_month: datePart((seconds) => {
    const { year, month } = civil(split(seconds).days);
    return dayNumber(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - dayNumber(year, month, 1);
  }),
  month: datePart((seconds) => civil(split(seconds).days).month),
  year: datePart((seconds) => civil(split(seconds).days).year),
};
