/** Seconds with milliseconds only where there are any, as Prometheus writes them: 1435781451.781. */
export function formatTimestamp(timestampMs: number): string {
  const magnitude = Math.abs(timestampMs);
  const fraction = magnitude % 1000;
  const seconds = (magnitude - fraction) / 1000;
  const sign = timestampMs < 0 ? '-' : '';
  return fraction === 0 ? `${sign}${seconds}` : `${sign}${seconds}.${String(Math.round(fraction)).padStart(3, '0')}`;
}

/** Texts of the evaluation times; every series of an answer has the same ones, mostly at the same place. */
export class TimestampTexts {
  readonly #times: number[] = [];
  readonly #texts: string[] = [];

  at(index: number, timestampMs: number): string {
    if (this.#times[index] === timestampMs) return this.#texts[index] as string;
    const text = formatTimestamp(timestampMs);
    this.#times[index] = timestampMs;
    this.#texts[index] = text;
    return text;
  }
}
