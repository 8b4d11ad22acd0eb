import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { type ExpressionProblem, normaliseDashboard, readDocument } from '../../server/src/dashboards/index.ts';
import type { DashboardModel, DashboardSummary } from '../../wire/src/http/index.ts';

export interface LoadedDashboard {
  readonly model: DashboardModel;
  readonly summary: DashboardSummary;
  readonly source: unknown;
}

/** Reads files with the server's own code; what cannot be read is named on standard error and left out. */
export async function loadDashboards(paths: readonly string[]): Promise<readonly LoadedDashboard[]> {
  return paths.flatMap((path) => {
    try {
      return readDocument(readFileSync(path, 'utf8'), path).dashboards.map((found, index) => {
        const uid = `${basename(path).replace(/\.\w+$/, '')}${index > 0 ? `-${index}` : ''}`;
        const identity = { uid, title: found.titleHint, folder: 'Samples', source: 'file' } as const;
        const model = normaliseDashboard(found.json, identity, { check });
        const { title, description, tags, folder, source } = model;
        const problemCount = model.problems.filter((problem) => problem.severity !== 'info').length;
        const summary = {
          uid,
          title,
          description,
          tags,
          folder,
          source,
          panelCount: model.panels.length,
          problemCount,
        };
        return { model, summary, source: found.json };
      });
    } catch (error) {
      process.stderr.write(`${path}: ${String(error)}\n`);
      return [];
    }
  });
}

/** The grammar alone; the server also checks types. */
function check(expression: string): ExpressionProblem | undefined {
  let problem: ExpressionProblem | undefined;
  parser.parse(expression).iterate({
    enter: (node) => {
      if (!node.type.isError || problem) return;
      const fixed = /^(\w+)\((.*)\)\s+by\s+(\([^)]*\))$/s.exec(expression);
      problem = {
        message: `unexpected "${expression.slice(node.from, node.from + 20)}"`,
        start: node.from,
        end: Math.max(node.to, node.from + 1),
        ...(fixed ? { fix: `sum by ${fixed[3] ?? ''} (${fixed[1] ?? ''}(${fixed[2] ?? ''}))` } : {}),
      };
    },
  });
  return problem;
}
