import type { Camera } from '@vedette/wire/http';
import { withLiteralBraces } from './placeholders.ts';

/** The inventory as files that can be read back; passwords that an import told are not in it. */

const CELLS: readonly (readonly [string, (camera: Camera) => unknown])[] = [
  ['id', (camera) => camera.id],
  ['name', (camera) => camera.name],
  ['site', (camera) => camera.site],
  ['recorder', (camera) => camera.recorder],
  ['switch', (camera) => camera.switch],
  ['port', (camera) => camera.port],
  ['class', (camera) => camera.class],
  ['model', (camera) => camera.model],
  ['owner', (camera) => camera.owner],
  ['fps', (camera) => camera.expected?.frames_per_second],
  ['width', (camera) => camera.expected?.width],
  ['height', (camera) => camera.expected?.height],
  ['codec', (camera) => camera.expected?.codec],
  ['keyframe_interval', (camera) => camera.expected?.keyframe_interval_seconds],
  ['main', (camera) => camera.streams?.main?.url],
  ['sub', (camera) => camera.streams?.sub?.url],
  ['snapshot', (camera) => camera.streams?.snapshot?.url],
  ['onvif', (camera) => camera.streams?.onvif?.url],
  ['transport', (camera) => camera.streams?.main?.transport],
  ['username', (camera) => (camera.credentials?.in_memory === true ? undefined : camera.credentials?.username)],
  ['password_env', (camera) => camera.credentials?.password_env],
  ['password_file', (camera) => camera.credentials?.password_file],
  ['latitude', (camera) => camera.coordinates?.latitude],
  ['longitude', (camera) => camera.coordinates?.longitude],
  ['plan_x', (camera) => camera.plan?.x],
  ['plan_y', (camera) => camera.plan?.y],
  ['schedule', (camera) => camera.schedule && JSON.stringify(camera.schedule)],
  ['maintenance', (camera) => ownWindows(camera) && JSON.stringify(ownWindows(camera))],
  ['probe', (camera) => camera.probe],
];

export function csvOf(cameras: readonly Camera[]): string {
  const labels = [...new Set(cameras.flatMap((camera) => Object.keys(camera.labels ?? {})))].sort();
  const header = [...CELLS.map(([name]) => name), ...labels.map((label) => `label:${label}`)].join(',');
  const rows = cameras.map((camera) =>
    [...CELLS.map(([, value]) => value(camera)), ...labels.map((label) => camera.labels?.[label])].map(cell).join(','),
  );
  // The mark tells spreadsheets that it is UTF-8.
  return `\ufeff${[header, ...rows].join('\r\n')}\r\n`;
}

/** A spreadsheet takes a text that begins with one of these for a formula; readers of the inventory take the apostrophe off again. */
function cell(value: unknown): string {
  if (value === undefined) return '';
  const text = String(withLiteralBraces(value));
  const safe = typeof value === 'string' && /^'*[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** `'=1+1` → `=1+1` */
export function withoutFormulaMark(text: string): string {
  return /^'+[=+\-@\t]/.test(text) ? text.slice(1) : text;
}

export function yamlOf(cameras: readonly Camera[]): string {
  const lines = ['cameras:'];
  for (const camera of cameras) {
    const { source: _source, known_as: _known, maintenance: _windows, credentials, id, ...rest } = camera;
    const windows = ownWindows(camera);
    const fields = {
      ...rest,
      ...(credentials === undefined || credentials.in_memory === true ? {} : { credentials }),
      ...(windows === undefined ? {} : { maintenance: windows }),
    };
    lines.push(`  - id: ${yamlValue(id)}`);
    for (const [key, value] of Object.entries(fields)) {
      if (key === 'streams' || key === 'labels' || key === 'expected') {
        lines.push(`    ${key}:`);
        for (const [inner, one] of Object.entries(value as object))
          lines.push(`      ${inner}: ${yamlValue(short(one))}`);
      } else lines.push(`    ${key}: ${yamlValue(value)}`);
    }
  }
  return cameras.length === 0 ? 'cameras: []\n' : `${lines.join('\n')}\n`;
}

/** An address with nothing beside it is written alone. */
function short(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'url' in value && Object.keys(value).length === 1
    ? value.url
    : value;
}

function yamlValue(value: unknown): string {
  const literal = withLiteralBraces(value);
  return typeof literal === 'string' ? yamlText(literal) : JSON.stringify(literal);
}

function yamlText(text: string): string {
  const isPlain = /^[A-Za-z0-9][\w ./:?&=,+()-]*$/.test(text) && !/: |:$| $/.test(text);
  return isPlain && Number.isNaN(Number(text)) && !/^(?:true|false|yes|no|on|off|null|~)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** Without those that were planned over the API, which stay there. */
function ownWindows(camera: Camera): Camera['maintenance'] {
  const own = (camera.maintenance ?? []).filter((window) => window.id === undefined);
  return own.length === 0 ? undefined : own;
}
