/** Figures as people read them. */

/** 11.8, 25, 0.31. */
export function figure(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(places)));
}

/** 5.2 %. */
export function percent(ratio: number): string {
  return `${figure(ratio * 100)} %`;
}

/** 45 s, 3 min, 2 h, 4 d. */
export function span(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 120) return `${figure(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** 1 camera, 38 cameras. */
export function cameras(count: number): string {
  return count === 1 ? '1 camera' : `${count} cameras`;
}
