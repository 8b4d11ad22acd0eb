import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DashboardModel, PanelModel } from '@vedette/wire/http';
import { expressionChecker } from '../../src/app/expressions.ts';
import { normaliseDashboard, readDocument } from '../../src/dashboards/index.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const shared = resolve(root, '../shared');
const folders = ['seed-samples', 'seed-samples/inner', 'fixtures/dashboards'].map((folder) => join(shared, folder));
const present = existsSync(shared);

const files = present
  ? folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.(?:json|ya?ml)$/.test(name) && (folder.endsWith('dashboards') || /dashboard/.test(name)))
        .map((name) => join(folder, name)),
    )
  : [];

if (!present) console.info('shared/ absent: the dashboards of the guides and 12 public ones are not read');

function read(path: string): readonly DashboardModel[] {
  return readDocument(readFileSync(path, 'utf8'), path).dashboards.map((found) =>
    normaliseDashboard(
      found.json,
      { uid: 'uid', title: found.titleHint, folder: '', source: 'file' },
      expressionChecker,
    ),
  );
}

const sample = (name: string): DashboardModel => {
  const [model] = read(join(shared, 'seed-samples', name));
  if (!model) throw new Error(`${name} holds no dashboard`);
  return model;
};

const allPanels = (model: DashboardModel): readonly PanelModel[] =>
  model.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

describe.runIf(present)('dashboards of others', () => {
  it.each(files.map((path) => [basename(path), path] as const))('%s is read', (name, path) => {
    const models = read(path);
    expect(models).toHaveLength(name.includes('dashboardproviders') ? 0 : 1);
    for (const model of models) {
      const panels = allPanels(model);
      expect(panels.length).toBeGreaterThan(0);
      expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    }
  });

  it('keep their queries: none that real Prometheus accepts is called wrong', () => {
    const wrong = files.flatMap((path) =>
      read(path).flatMap((model) =>
        allPanels(model).flatMap((panel) =>
          panel.targets.flatMap((target) =>
            target.problem ? [`${basename(path)}: ${target.expr}: ${target.problem.message}`] : [],
          ),
        ),
      ),
    );
    expect(wrong).toEqual([expect.stringContaining('rate(analytics_frames_processed_total[5m]) by (camera_id)')]);
  });

  it('of the first guide have the place and the correction of the one wrong query', () => {
    const [heatmap, table] = sample('s0-dashboard-performance-detailed.json').panels;
    expect(heatmap).toMatchObject({
      type: 'heatmap',
      field: { unit: 's', decimals: 3 },
      targets: [{ format: 'heatmap', refId: 'A' }],
    });
    expect(table?.targets[0]?.problem).toMatchObject({
      start: 43,
      fix: 'sum by (camera_id) (rate(analytics_frames_processed_total[5m]))',
    });
    expect(table?.transformations).toMatchObject([{ id: 'organize', options: { renameByName: { Value: 'FPS' } } }]);
    const overview = sample('s0-dashboard-analytics-overview.json');
    expect(overview).toMatchObject({ refresh: '5s', tags: ['its-analytics', 'performance', 'monitoring'] });
    expect(overview.panels[2]?.field).toMatchObject({ min: 0, max: 100, custom: { axisLabel: 'percentage' } });
  });

  it('of the VMS guide have units, limits, legends and alert lines', () => {
    const [, bandwidth, storage] = sample('s4-dashboard-1-system-overview.yaml').panels;
    expect(bandwidth?.field.unit).toBe('Mbits');
    expect(storage?.field.thresholds.steps.map((step) => step.value)).toEqual([null, 70, 85, 95]);
    const [, drops] = sample('s4-dashboard-2-recording-performance.yaml').panels;
    expect(drops?.field).toMatchObject({
      thresholds: { steps: [{}, { value: 0.01, color: 'red' }] },
      custom: { thresholdsStyle: 'dashed' },
    });
    const [, latency] = sample('s4-dashboard-3-live-streaming.yaml').panels;
    expect(latency?.targets.map((target) => target.legendFormat)).toEqual(['WebRTC', 'HLS']);
  });

  it('of the public node exporter board have all their panels, rows and variables', () => {
    const [model] = read(join(shared, 'fixtures/dashboards/node-exporter-full.json'));
    const types = model ? allPanels(model).map((panel) => panel.type) : [];
    const count = (type: string): number => types.filter((other) => other === type).length;
    expect({
      timeseries: count('timeseries'),
      row: count('row'),
      gauge: count('gauge'),
      stat: count('stat'),
      bargauge: count('bargauge'),
    }).toEqual({
      timeseries: 111,
      row: 16,
      gauge: 5,
      stat: 5,
      bargauge: 4,
    });
    expect(model?.variables.map((variable) => variable.name)).toContain('node');
  });
});
