import type { Theme } from '../ui/theme.ts';

/** Colours by Grafana's names, in this application's own shades. */
const HUES: Readonly<Record<string, string>> = {
  green: '#56b368',
  yellow: '#e8bd30',
  orange: '#f08c33',
  red: '#ea5460',
  blue: '#5b93e8',
  purple: '#ae74d6',
};

/** Mixed towards white (positive) or black (negative). */
const SHADES: Readonly<Record<string, number>> = {
  'super-light-': 0.6,
  'light-': 0.35,
  'semi-dark-': -0.18,
  'dark-': -0.34,
};

export const PALETTE: readonly string[] = [
  '#56b368',
  '#e8bd30',
  '#5b93e8',
  '#f08c33',
  '#ea5460',
  '#ae74d6',
  '#3fb6b0',
  '#d977a5',
  '#8f9d2f',
  '#8b8ff0',
  '#c58a5c',
  '#62b8e0',
  '#b8574a',
  '#7fbf7b',
  '#c9a4e0',
  '#a38d2d',
  '#4f9c86',
  '#e39aa0',
  '#6d86b8',
  '#bd8fb1',
];

export function paletteColor(index: number): string {
  return PALETTE[index % PALETTE.length] ?? '#5b93e8';
}

/** A colour name of a dashboard as CSS; unknown names are passed on only when they look like CSS colours. */
export function cssColor(name: string, theme: Theme): string {
  const key = name.trim();
  if (key === 'text' || key === '') return theme === 'dark' ? '#e7eaee' : '#171b21';
  if (key === 'transparent') return 'transparent';
  if (/^#[0-9a-f]{3,8}$/i.test(key) || /^(?:rgb|hsl)a?\([\d\s.,%/]+\)$/i.test(key)) return key;
  for (const [prefix, amount] of Object.entries(SHADES)) {
    const hue = key.startsWith(prefix) ? HUES[key.slice(prefix.length)] : undefined;
    if (hue) return mix(hue, amount > 0 ? '#ffffff' : '#000000', Math.abs(amount));
  }
  return HUES[key] ?? (/^[a-z]{3,20}$/i.test(key) ? key : '#8b95a3');
}

type Rgb = readonly [number, number, number];

/** Reads #rgb, #rrggbb(aa) and rgb(a)(); null for other notations. */
export function parseRgb(color: string): Rgb | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color)?.[1];
  if (hex !== undefined) {
    const wide = hex.length < 6 ? [...hex].map((digit) => digit + digit).join('') : hex;
    return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  const parts = /^rgba?\(([^)]+)\)$/i
    .exec(color)?.[1]
    ?.split(/[\s,/]+/)
    .map(Number);
  return parts && parts.length >= 3 && parts.slice(0, 3).every(Number.isFinite)
    ? (parts.slice(0, 3) as unknown as Rgb)
    : null;
}

export function mix(from: string, to: string, amount: number): string {
  const a = parseRgb(from);
  const b = parseRgb(to);
  if (!a || !b) return from;
  const part = (index: 0 | 1 | 2): string =>
    Math.round(a[index] + (b[index] - a[index]) * amount)
      .toString(16)
      .padStart(2, '0');
  return `#${part(0)}${part(1)}${part(2)}`;
}

export function withAlpha(color: string, alpha: number): string {
  const rgb = parseRgb(color);
  return rgb ? `rgba(${rgb.join(', ')}, ${alpha})` : color;
}

function luminance([r, g, b]: Rgb): number {
  const channel = (value: number): number => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
}

/** WCAG contrast ratio, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [first, second] = [parseRgb(a), parseRgb(b)];
  if (!first || !second) return 21;
  const [light, dark] = [luminance(first), luminance(second)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The contrast that text needs at any size. */
const TEXT_CONTRAST_MIN = 4.5;

const SURFACE: Readonly<Record<Theme, string>> = { dark: '#161a20', light: '#ffffff' };

/** The colour, moved towards black or white just far enough to be read as text on a panel. */
export function readableOnSurface(color: string, theme: Theme): string {
  if (!parseRgb(color)) return color;
  const towards = theme === 'dark' ? '#ffffff' : '#000000';
  for (let amount = 0; amount <= 1; amount += 0.08) {
    const candidate = mix(color, towards, amount);
    if (contrast(candidate, SURFACE[theme]) >= TEXT_CONTRAST_MIN) return candidate;
  }
  return towards;
}

/** A line needs less than text, but must be seen. */
const LINE_CONTRAST_MIN = 2;

/** A series colour, moved away from the background where the dashboard's choice would drown in it. */
export function visibleOnSurface(color: string, theme: Theme): string {
  const towards = theme === 'dark' ? '#ffffff' : '#000000';
  for (let amount = 0; amount < 0.7; amount += 0.1) {
    const candidate = amount === 0 ? color : mix(color, towards, amount);
    if (contrast(candidate, SURFACE[theme]) >= LINE_CONTRAST_MIN) return candidate;
  }
  return color;
}

/** Black or white, whichever reads better on the colour. */
export function inkOn(color: string): string {
  return contrast(color, '#10141a') >= contrast(color, '#ffffff') ? '#10141a' : '#ffffff';
}

const GRADIENTS: Readonly<Record<string, readonly string[]>> = {
  'continuous-GrYlRd': ['#56b368', '#e8bd30', '#ea5460'],
  'continuous-RdYlGr': ['#ea5460', '#e8bd30', '#56b368'],
  'continuous-BlYlRd': ['#5b93e8', '#e8bd30', '#ea5460'],
  'continuous-YlRd': ['#e8bd30', '#ea5460'],
  'continuous-BlPu': ['#5b93e8', '#ae74d6'],
  'continuous-YlBl': ['#e8bd30', '#5b93e8'],
  'continuous-blues': ['#173a75', '#8fb8f5'],
  'continuous-reds': ['#6f1820', '#f2a2a8'],
  'continuous-greens': ['#1a4d26', '#a5d9ae'],
  'continuous-purples': ['#47206a', '#d3b3ea'],
};

/** A colour mode that runs over the range of values; null when the mode is not one. */
export function gradientColor(mode: string, part: number): string | null {
  const stops = GRADIENTS[mode];
  if (!stops) return null;
  const at = Math.min(1, Math.max(0, part)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[index] ?? '', stops[index + 1] ?? '', at - index);
}
