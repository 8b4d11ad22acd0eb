import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DashboardModel, PanelModel } from '@vedette/wire/http';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { formatProblem } from '../base/yaml-source.ts';
import { normaliseDashboard, readDocument } from '../dashboards/index.ts';
import { loadRules } from '../rules/index.ts';
import { checkInventory } from '../fleet/index.ts';
import { type LoadedConfig, loadConfig } from './config.ts';
import { expressionChecker } from './expressions.ts';
import { rulesSettings } from './settings.ts';
import { receiveConfig } from './watch.ts';

export interface CheckedConfiguration {
  readonly warnings: readonly string[];
  readonly jobs: number;
  readonly rules: number;
}

/** A configuration with all it names: scrape config files, rule files and lists of cameras. Throws with every fault at its place. */
export async function checkConfiguration(file: string): Promise<CheckedConfiguration> {
  const config = loadConfig({ config: file }, {});
  const { pools } = receiveConfig(config);
  await checkInventories(config);
  const { groups, warnings } = await loadRules(rulesSettings(config), [], expressionChecker);
  return {
    warnings: [...config.warnings.map(formatProblem), ...warnings],
    jobs: pools.length,
    rules: countRules(groups),
  };
}

/** Throws CONFIG_INVALID with what is wrong in the lists of cameras. */
async function checkInventories({ sections, baseDir }: LoadedConfig): Promise<void> {
  const { inventory, health } = sections.fleet;
  if (inventory.files.length === 0) return;
  const files = inventory.files.map((file) => resolve(baseDir, file));
  const { problems } = await checkInventory(files, [...inventory.classes, ...Object.keys(health.classes)]);
  if (problems.length > 0) throw new VedetteError('CONFIG_INVALID', problems.join('\n'));
}

export interface CheckedDashboard {
  readonly title: string;
  readonly faults: readonly { readonly severity: 'error' | 'warning' | 'info'; readonly text: string }[];
}

/** The dashboards of one file with what is wrong in them. Throws DASHBOARD_INVALID when there is none. */
export function checkDashboardFile(file: string): readonly CheckedDashboard[] {
  return readDocument(readText(file), file).dashboards.map(({ json, titleHint }) => {
    const model = normaliseDashboard(
      json,
      { uid: 'check', title: titleHint, folder: '', source: 'file' },
      expressionChecker,
    );
    return { title: model.title, faults: dashboardFaults(model) };
  });
}

function dashboardFaults(model: DashboardModel): CheckedDashboard['faults'] {
  const panels = model.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return [
    ...model.problems.map(({ severity, message, remedy }) => ({ severity, text: withRemedy(message, remedy) })),
    ...panels.flatMap((panel) => [...panelFaults(panel), ...queryFaults(panel)]),
  ];
}

function panelFaults(panel: PanelModel): CheckedDashboard['faults'] {
  return panel.problems.map(({ severity, message, remedy }) => ({
    severity,
    text: `panel "${panel.title}": ${withRemedy(message, remedy)}`,
  }));
}

function queryFaults(panel: PanelModel): CheckedDashboard['faults'] {
  return panel.targets.flatMap(({ refId, expr, problem }) =>
    problem === undefined
      ? []
      : [
          {
            severity: 'error' as const,
            text: withRemedy(
              `panel "${panel.title}", query ${refId}: ${problem.message}\n    ${expr}\n    ${' '.repeat(problem.start)}^`,
              problem.fix === undefined ? undefined : `did you mean: ${problem.fix}`,
            ),
          },
        ],
  );
}

function withRemedy(message: string, remedy: string | undefined): string {
  return remedy === undefined ? message : `${message}\n    ${remedy}`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read ${file}: ${errorMessage(error)}`, { cause: error });
  }
}

function countRules(groups: readonly { readonly rules: readonly unknown[] }[]): number {
  return groups.reduce((count, group) => count + group.rules.length, 0);
}
