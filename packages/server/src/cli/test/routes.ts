import { relative } from 'node:path';
import type { RouteTestAnswer } from '@vedette/wire/http';
import { Command } from 'commander';
import { RouteTests } from '../../app/index.ts';
import { errorMessage } from '../../base/errors.ts';
import { plural, print, printError } from '../terminal.ts';

interface RoutesFlags {
  readonly config?: string;
  readonly alertmanager?: string;
  readonly labels?: string;
  readonly at?: string;
  readonly json?: boolean;
}

export function testRoutesCommand(): Command {
  return new Command('routes')
    .description('Show which way an alert goes, or compare that with what files expect.')
    .argument('[files...]', 'files with expectations')
    .option('--config <file>', 'vedette.yaml (default: ./vedette.yaml when it exists)')
    .option('--alertmanager <file>', 'Alertmanager file with routes and receivers (default: alerting.config_file)')
    .option('--labels <labels>', 'labels of an alert: severity=critical,site=north')
    .option('--at <time>', 'when it begins to fire, as 2026-01-05T08:00:00Z (default: now)')
    .option('--json', 'print the whole answer as JSON')
    .addHelpText(
      'after',
      `
Shown are the routes with their groups and timing, what keeps the alert quiet at that moment, who is told, and who is told later when
nobody acknowledges it. Silences and inhibition depend on what runs and are not known here; the label tester on the pages knows them.

Examples:
  vedette test routes --labels alertname=CameraDown,severity=critical --at 2026-01-05T03:00:00Z
  vedette test routes --config vedette.yaml routes.test.yaml

Expectations that are not met are printed as FILE:LINE with what came instead; any makes the exit code 1.`,
    )
    .action((files: readonly string[], flags: RoutesFlags) => testRoutes(files, flags));
}

function testRoutes(files: readonly string[], { config, alertmanager, labels, at, json }: RoutesFlags): void {
  if (labels === undefined && files.length === 0) {
    printError('nothing to test: give --labels, or files with expectations');
    process.exitCode = 1;
    return;
  }
  const tests = new RouteTests({
    ...(config === undefined ? {} : { config }),
    ...(alertmanager === undefined ? {} : { alertmanager }),
  });
  if (labels !== undefined) {
    const answer = tests.path(labels, at);
    print(json === true ? JSON.stringify(answer, null, 2) : describeRoute(answer));
  }
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const name = relative(process.cwd(), file) || file;
    try {
      const report = tests.run(file);
      passed += report.passed;
      failed += report.failures.length;
      for (const failure of report.failures) {
        print(`${name}:${failure.line}: ${failure.name}`);
        for (const { what, expected, got } of failure.differences)
          print(`  ${what}\n    expected: ${expected}\n    got:      ${got}`);
      }
    } catch (error) {
      failed++;
      printError(errorMessage(error));
    }
  }
  if (files.length > 0)
    print(
      `${plural(passed + failed, 'route test')} in ${plural(files.length, 'file')}: ${passed} passed, ${failed} failed`,
    );
  if (failed > 0) process.exitCode = 1;
}

/** The path in words, for people. */
export function describeRoute({ at, routes, muted, escalation, raises, parents }: RouteTestAnswer): string {
  const lines = [`at ${at}`];
  if (routes.length === 0) lines.push('  no route: nobody is notified');
  for (const { receiver, path, groupKey, groupWait, groupInterval, repeatInterval, muted: quiet, backup } of routes) {
    lines.push(`  → ${receiver}${backup === null ? '' : ` (backup: ${backup})`}`);
    lines.push(`      route  ${path.length === 0 ? 'the root' : path.join(' → ')}`);
    lines.push(`      group  ${groupKey}`);
    lines.push(`      first after ${groupWait}, news every ${groupInterval}, repeated after ${repeatInterval}`);
    for (const { text } of quiet) lines.push(`      quiet: ${text}`);
  }
  for (const { by, text } of muted) lines.push(`  quiet (${by}): ${text}`);
  if (parents.length > 0) lines.push(`  hangs on ${parents.map(({ level, name }) => `${level} ${name}`).join(', ')}`);
  for (const { policy, levels } of escalation) {
    lines.push(`  escalation "${policy}", until somebody acknowledges it`);
    for (const level of levels) {
      const names = level.targets.map(({ receiver, schedule, person }) =>
        schedule === null ? receiver : `${receiver ?? 'nobody'} (${person ?? 'nobody'} on call for ${schedule})`,
      );
      const repeat = level.repeat === null ? '' : `, again every ${level.repeat}`;
      const until = level.until === 'resolved' ? ', acknowledged or not' : '';
      lines.push(`      after ${level.after} (${level.at}): ${names.join(', ')}${repeat}${until}`);
    }
  }
  for (const { name, to, at: when, alerts } of raises) {
    const conditions = [
      ...(when === null ? [] : [`at ${when}`]),
      ...(alerts === null ? [] : [`with ${alerts} alerts`]),
    ];
    lines.push(`  raised to ${to} ${conditions.join(' or ')} (${name})`);
  }
  return lines.join('\n');
}
