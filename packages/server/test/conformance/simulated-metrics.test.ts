import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultSchedule, FleetServices, loadClips, planFleet } from '@vedette/simulate';
import { parseExposition, parseSeriesText } from '@vedette/wire/exposition';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const catalogue = resolve(root, '../shared/seed-catalog.md');
const page = readFileSync(resolve(root, 'docs/compat/guides.md'), 'utf8');

const START = Date.UTC(2026, 0, 5, 8);

/** Names of all metrics on the simulation's pages → the labels of their series. */
function emitted(): ReadonlyMap<string, ReadonlySet<string>> {
  const plan = planFleet(40, 1);
  const services = new FleetServices(plan, new FaultSchedule(plan, START), loadClips(), START);
  // A quarter of an hour: rare events have happened.
  for (let minute = 1; minute <= 15; minute++) services.advanceTo(START + minute * 60_000);
  const names = new Map<string, Set<string>>();
  for (const service of services.services) {
    parseExposition(Buffer.from(service.page()), 'text', {
      expectedSeries: '',
      expectedComment: '',
      comment: () => undefined,
      sample: (text, start, end) => {
        const pairs = parseSeriesText(text.slice(start, end));
        const labels = Object.fromEntries(
          pairs.flatMap((_, i) => (i % 2 === 0 ? [[pairs[i] as string, pairs[i + 1]]] : [])),
        );
        const name = String(labels['__name__']);
        for (const key of [name, name.replace(/_(bucket|sum|count)$/, '')]) {
          const known = names.get(key) ?? new Set();
          names.set(key, known);
          for (const label of Object.keys(labels)) if (label !== '__name__' && label !== 'le') known.add(label);
        }
      },
    });
  }
  return names;
}
const names = emitted();

/** Answered by something else than a service's page, with what answers. */
const ELSEWHERE = new Map([
  ['S2-M13', 'up: the scraper'],
  ['S1-M14', 'burn rate: recording rules'],
]);

/** Figures that the guides give no name; the names here are ours. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  'S0-M14': 'analytics_log_latency_seconds',
  'S1-M01': 'vedette_health_score',
  'S1-M02': 'cameras_active',
  'S1-M03': 'ml_inference_duration_seconds',
  'S1-M04': 'ml_batch_fill_ratio',
  'S1-M05': 'vehicle_detections_total',
  'S1-M06': 'traffic_flow_vehicles_per_hour',
  'S1-M07': 'incident_response_seconds',
  'S1-M08': 'vehicle_speed_kmh',
  'S1-M09': 'data_quality_score',
  'S1-M10': 'cost_per_detection_dollars',
  'S1-M11': 'data_processed_bytes_total',
  'S1-M12': 'camera_capacity_used_ratio',
  'S1-M13': 'traffic_detection_efficiency_ratio',
  'S1-M15': 'sla_compliance_ratio',
  'S1-M16': 'cameras_active',
  'S1-M17': 'ml_detection_confidence',
  'S1-M18': 'roi_ratio',
};

const rows = [...page.matchAll(/^\| (S\d-M\d+) \| ([^|]*) \|/gm)].map(([, id = '', words = '']) => ({
  id,
  name: OWN_NAMES[id] ?? /`(\w+)`/.exec(words)?.[1],
}));

describe('the simulated services', () => {
  it('are asked for every figure of the page about the guides', () => expect(rows.length).toBeGreaterThan(90));

  it.each(rows)('emit $id $name', ({ id, name }) => {
    if (ELSEWHERE.has(id)) return;
    expect(name, id).toBeDefined();
    expect([...names.keys()]).toContain(name);
  });
});

const hasCatalogue = existsSync(catalogue);
if (!hasCatalogue) process.stdout.write(`not there, so not compared: ${catalogue}\n`);

describe.runIf(hasCatalogue)("the guides' catalogue, sections 1a to 1e", () => {
  const text = hasCatalogue ? readFileSync(catalogue, 'utf8') : '';
  const tables = text.slice(text.indexOf('### 1a.'), text.indexOf('### 1f.'));
  const entries = [...tables.matchAll(/^\| (S\d-M\d+) \|(.*)\|$/gm)].map(([, id = '', rest = '']) => ({
    id,
    cells: rest.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  }));

  it('has its 92 rows', () => expect(entries).toHaveLength(92));

  it.each(entries.filter(({ id }) => !id.startsWith('S1-')))(
    '$id is emitted by its name, with its labels',
    ({ id, cells }) => {
      if (ELSEWHERE.has(id)) return;
      const name = OWN_NAMES[id] ?? cells[0] ?? '';
      expect([...names.keys()]).toContain(name);
      // Labels of the row: words before remarks in brackets; what the scraper adds is not on the page.
      const labels = (cells[2] ?? '')
        .replace(/;.*$/, '')
        .replace(/\(.*?\)/g, '')
        .split(/[,\s;]+/)
        .filter((word) => /^[a-z_]+$/.test(word) && !NO_LABELS.has(word));
      if (OWN_NAMES[id] === undefined) expect([...(names.get(name) ?? [])]).toEqual(expect.arrayContaining(labels));
    },
  );

  it.each(entries.filter(({ id }) => id.startsWith('S1-')))('$id has a metric', ({ id }) => {
    if (ELSEWHERE.has(id)) return;
    expect([...names.keys()]).toContain(OWN_NAMES[id]);
  });
});

/** Words in the column of labels that are none, or come with the target. */
const NO_LABELS: ReadonlySet<string> = new Set([
  'job',
  'le',
  'undeclared',
  'used',
  'in',
  'legend',
  'custom',
  'dashboard',
]);
