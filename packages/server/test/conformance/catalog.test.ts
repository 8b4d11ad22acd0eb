import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createHostCollector } from '@vedette/agent';
import type { DashboardModel } from '@vedette/wire/http';
import { expressionChecker } from '../../src/app/expressions.ts';
import { unixMs } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { normaliseDashboard, readDocument } from '../../src/dashboards/index.ts';
import { MemorySelector, collectSelectors, openQueryEngine, parseExpr } from '../../src/metrics/query/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { parseRuleFile } from '../../src/rules/index.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const catalog = join(root, 'catalog');

const files = (folder: string, ending: string): string[] =>
  readdirSync(join(catalog, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(catalog, folder, name));

const ruleFiles = [...files('rules', '.yaml'), ...files('packs', '.yaml')].map((path) =>
  parseRuleFile(readFileSync(path, 'utf8'), path, expressionChecker),
);
const dashboards = files('dashboards', '.json').map((path) => readDashboard(path));
const rules = ruleFiles.flatMap((file) => file.groups.flatMap((group) => group.rules));

function readDashboard(path: string): DashboardModel {
  const [found] = readDocument(readFileSync(path, 'utf8'), path).dashboards;
  if (!found) throw new Error(`no dashboard in ${path}`);
  const { uid } = found.json as { readonly uid: string };
  return normaliseDashboard(found.json, { uid, title: '', folder: '', source: 'catalog' }, expressionChecker);
}

/** As the browser would ask for the host's own figures. */
function filled(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$job', 'host')
    .replaceAll('$instance', 'here')
    .replaceAll(/\$(?:camera|gpu|site)/g, '.*');
}

const panelQueries = (dashboard: DashboardModel): { readonly title: string; readonly expr: string }[] =>
  dashboard.panels.flatMap((panel) =>
    panel.targets.map((target) => ({ title: panel.title, expr: filled(target.expr) })),
  );

/** Names in the sources of the rooms that register or write metrics. */
function namesInSources(): Set<string> {
  const folders = ['packages/server/src', 'packages/agent/src', 'packages/simulate/src'].map((folder) =>
    join(root, folder),
  );
  const names = new Set<string>(['up', 'ALERTS', 'scrape_duration_seconds', 'scrape_samples_scraped']);
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      for (const match of text.matchAll(/['`]([a-z][a-z0-9_]*_[a-z0-9_]+)['`]/g)) names.add(match[1] ?? '');
    }
  }
  return names;
}

describe('the catalogue', () => {
  it('has rules that the rule parser takes without a warning', () => {
    expect(ruleFiles.flatMap((file) => file.warnings)).toEqual([]);
    expect(rules.length).toBeGreaterThan(15);
  });

  it('has alerts that all say how bad, what, why and what to do', () => {
    for (const rule of rules) {
      if (rule.type !== 'alerting') continue;
      expect(['critical', 'warning', 'info', 'none'], rule.name).toContain(rule.labels['severity']);
      expect(rule.labels['component'], rule.name).toBeTruthy();
      expect(rule.annotations['summary'], rule.name).toBeTruthy();
      expect(rule.annotations['description'], rule.name).toBeTruthy();
      if (rule.name !== 'Watchdog') expect(rule.annotations['runbook'], rule.name).toBeTruthy();
    }
  });

  it('has dashboards for the host, Vedette itself, cameras, GPUs and each guide, drawn without a single note', () => {
    expect(dashboards.map((dashboard) => dashboard.uid).sort()).toEqual([
      'anomaly-detection-overview',
      'business-analytics',
      'cameras',
      'executive-overview',
      'gpu',
      'infrastructure',
      'its-analytics-overview',
      'its-analytics-performance',
      'its-camera-ai-overview',
      'ml-pipeline-performance',
      'platform-overview',
      'vedette-host',
      'vedette-self',
      'vms-ai-processing',
      'vms-live-streaming',
      'vms-recording',
      'vms-system-overview',
    ]);
    for (const dashboard of dashboards) {
      expect(dashboard.problems).toEqual([]);
      for (const panel of dashboard.panels) {
        expect(panel.problems, panel.title).toEqual([]);
        expect(
          panel.targets.map((target) => target.problem?.message),
          panel.title,
        ).toEqual(panel.targets.map(() => undefined));
        expect(panel.sourceType, panel.title).toBe(panel.type);
      }
    }
  });

  it('has no two panels on one spot', () => {
    for (const dashboard of dashboards) {
      const cells = new Map<string, string>();
      for (const { gridPos, title } of dashboard.panels) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
            expect(cells.get(`${x},${y}`), `${dashboard.uid}: ${title}`).toBeUndefined();
            cells.set(`${x},${y}`, title);
          }
        }
      }
    }
  });

  it('asks only for metrics that this repository emits', async () => {
    const known = namesInSources();
    for (const line of (await createHostCollector().collect(AbortSignal.timeout(5_000))).split('\n')) {
      const name = /^# TYPE (\S+)/.exec(line)?.[1];
      if (name !== undefined) known.add(name);
    }
    for (const rule of rules) known.add(rule.name);
    const expressions = [
      ...rules.map((rule) => rule.query),
      ...dashboards.flatMap(panelQueries).map((query) => query.expr),
    ];
    const asked = new Set(
      expressions.flatMap((expression) =>
        collectSelectors(parseExpr(expression)).map((selector) => selector.name ?? ''),
      ),
    );
    // prom-client's own figures of the process.
    const foreign = [...asked].filter(
      (name) => !known.has(name.replace(/_(?:bucket|sum|count)$/, '')) && !known.has(name),
    );
    // Exporters of others, which the guides scrape: containers, Kubernetes, PostgreSQL, Redis.
    expect(foreign.filter((name) => !/^(?:process|nodejs|container|kube|kubelet|pg|redis)_/.test(name))).toEqual(
      process.platform === 'linux' ? [] : expect.any(Array),
    );
  });

  it.runIf(process.platform === 'linux')(
    'shows this very machine: every host rule runs, every host panel has figures',
    async () => {
      const selector = new MemorySelector();
      const collector = createHostCollector();
      const clock = new VirtualClock();
      const at = clock.now();
      for (let i = 0; i < 3; i++) {
        const page = await collector.collect(AbortSignal.timeout(5_000));
        for (const line of page.split('\n')) {
          const match = /^([a-z_A-Z0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line);
          if (!match?.[1]) continue;
          const labels = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
            (label) => [label[1] ?? '', label[2] ?? ''] as const,
          );
          const series = Labels.fromEntries([['__name__', match[1]], ['job', 'host'], ['instance', 'here'], ...labels]);
          selector.add(series, at - (2 - i) * 15_000, Number(match[3]));
        }
      }
      const engine = openQueryEngine({ selector, clock });
      const count = async (expression: string): Promise<number> => {
        const result = await engine.instant(expression, unixMs(at), { signal: AbortSignal.timeout(5_000) });
        return result.type === 'vector' ? result.samples.length : 1;
      };
      for (const rule of rules) expect(await count(rule.query), rule.name).toBeGreaterThanOrEqual(0);
      const host = dashboards.find((dashboard) => dashboard.uid === 'vedette-host');
      // Containers may account for no pressure and hide the machine's disks.
      const optional = /Pressure|Disk (?:throughput|wait)/;
      for (const { title, expr } of host ? panelQueries(host) : []) {
        if (!optional.test(title)) expect(await count(expr), `${title}: ${expr}`).toBeGreaterThan(0);
      }
      const self = dashboards.find((dashboard) => dashboard.uid === 'vedette-self');
      for (const { title, expr } of self ? panelQueries(self) : [])
        expect(await count(expr), title).toBeGreaterThanOrEqual(0);
    },
  );
});
