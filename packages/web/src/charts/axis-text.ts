import { formatValue } from '../format/units.ts';

/** Labels of one axis; more decimals where neighbours would read the same. */
export function axisTexts(values: readonly number[], unit: string, decimals: number | null): string[] {
  const plain = values.map((value) => formatValue(value, unit, decimals));
  if (new Set(plain).size === plain.length) return plain;
  for (let more = (decimals ?? 0) + 1; more <= 4; more++) {
    const finer = values.map((value) => formatValue(value, unit, more));
    if (new Set(finer).size === finer.length) return finer;
  }
  return plain;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Clock times on a time axis, with the date where a new day starts or steps are whole days. */
export function timeTexts(seconds: readonly number[], stepSeconds: number): string[] {
  let lastDay = '';
  return seconds.map((second, index) => {
    const date = new Date(second * 1000);
    const day = `${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
    const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}${stepSeconds < 60 ? `:${pad(date.getSeconds())}` : ''}`;
    const newDay = index > 0 && day !== lastDay;
    lastDay = day;
    if (stepSeconds >= 86_400)
      return stepSeconds >= 28 * 86_400 ? `${date.getFullYear()}-${pad(date.getMonth() + 1)}` : day;
    return newDay ? `${clock}\n${day}` : clock;
  });
}
