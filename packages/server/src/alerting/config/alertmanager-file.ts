import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import { type HttpClientConfig, withAbsoluteFiles } from '../../base/http-client/index.ts';
import { type SourceProblem, checkSource, formatProblem, readYaml, sourceError } from '../../base/yaml-source.ts';
import type { ReceiverKind } from '../notify/receiver-kind.ts';
import { NOTHING_IN_FILE, crossChecks } from './cross-checks.ts';
import { fileWarnings } from './file-warnings.ts';
import { globalSection } from './global-section.ts';
import { inhibitRule, inhibitSection } from './inhibit-section.ts';
import { maskedText } from './masked-text.ts';
import type { AlertmanagerConfig, AlertmanagerGlobal, IntegrationConfig } from './model.ts';
import type { MatcherMode } from './parse-matchers.ts';
import { type ReceiverSection, receiverModel, receiverSchema } from './receiver-section.ts';
import { routeSection } from './route-section.ts';
import { routeTree } from './route-tree.ts';
import { namedTimeInterval } from './time-interval-section.ts';

export interface AlertmanagerFileOptions {
  readonly kinds: readonly ReceiverKind[];
  /** Default: `fallback`, as Alertmanager's. */
  readonly matchers?: MatcherMode | undefined;
}

export interface LoadedAlertmanagerFile {
  readonly config: AlertmanagerConfig;
  /** What was read but has no effect, or means something else to Alertmanager's stricter readings. */
  readonly warnings: readonly SourceProblem[];
}

/** An Alertmanager file is configuration that people write; megabytes of it are a mistake. */
const FILE_BYTES_MAX = 10 * 1024 * 1024;

/** Reads and checks a file. Throws CONFIG_UNREADABLE, or ALERTMANAGER_INVALID with every fault at its place. */
export function loadAlertmanagerFile(file: string, options: AlertmanagerFileOptions): LoadedAlertmanagerFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read the Alertmanager file ${file}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return parseAlertmanagerFile(text, file, options);
}

/**
 * The text of a file, checked, with all that routes and receivers inherit. Globs of templates and the files that `http_config` and
 * `tls_config` name count from the file's folder, other secret files from the working directory; as Alertmanager does it.
 */
export function parseAlertmanagerFile(
  text: string,
  file: string,
  options: AlertmanagerFileOptions,
): LoadedAlertmanagerFile {
  const { kinds, matchers: mode = 'fallback' } = options;
  if (text.length > FILE_BYTES_MAX)
    throw sourceError(CODE, [{ file, line: 1, column: 1, path: '', message: 'the file is larger than 10 MiB' }]);
  const source = readYaml(text, file, CODE)[0];
  if (!source) throw sourceError(CODE, [{ file, line: 1, column: 1, path: '', ...NOTHING_IN_FILE }]);
  // Receivers take from `global` what they do not say: it is checked before there is a schema for them.
  const { global } = checkSource(source, z.looseObject({ global: globalSection }), CODE);
  const sections = checkSource(source, fileSchema(kinds, global, mode), CODE);
  const faults = crossChecks(sections).map(({ path, message, remedy }) => source.problem(path, message, remedy));
  if (faults.length > 0 || !sections.route) throw sourceError(CODE, faults);
  const folder = dirname(resolve(file));
  const config: AlertmanagerConfig = {
    global: absoluteHttp(global, folder),
    route: routeTree(sections.route, mode),
    inhibitRules: sections.inhibit_rules.map((rule) => inhibitRule(rule, mode)),
    timeIntervals: [...sections.mute_time_intervals, ...sections.time_intervals].map(
      ({ name, time_intervals: intervals }) => ({ name, intervals }),
    ),
    receivers: sections.receivers.map((receiver) => withFolder(receiverModel(receiver, kinds), folder)),
    templates: sections.templates.map((glob) => (isAbsolute(glob) ? glob : join(folder, glob))),
    original: maskedText(source.toJS(CODE), sections),
  };
  return { config, warnings: fileWarnings(source, sections, mode) };
}

const CODE = 'ALERTMANAGER_INVALID';

function fileSchema(kinds: readonly ReceiverKind[], global: AlertmanagerGlobal, mode: MatcherMode) {
  return z.strictObject({
    global: globalSection,
    route: routeSection(mode).optional(),
    inhibit_rules: z.array(inhibitSection(mode)).default([]),
    receivers: z.array(receiverSchema(kinds, global) as unknown as z.ZodType<ReceiverSection>).default([]),
    templates: z.array(z.string()).default([]),
    mute_time_intervals: z.array(namedTimeInterval('mute time interval')).default([]),
    time_intervals: z.array(namedTimeInterval('time interval')).default([]),
    tracing: z.looseObject({}).optional(),
    event_recorder: z.looseObject({}).optional(),
  });
}

interface WithHttp {
  readonly http_config?: HttpClientConfig;
  readonly tls_config?: HttpClientConfig['tls_config'];
  readonly smtp_tls_config?: HttpClientConfig['tls_config'];
}

/** File names inside of `http_config` and of TLS settings count from the folder. */
function absoluteHttp<T extends object>(settings: T, folder: string): T {
  const { http_config: http, tls_config: tls, smtp_tls_config: smtp } = settings as WithHttp;
  return {
    ...settings,
    ...(http && { http_config: withAbsoluteFiles(http, folder) }),
    ...(tls && { tls_config: absoluteTls(tls, folder) }),
    ...(smtp && { smtp_tls_config: absoluteTls(smtp, folder) }),
  };
}

function absoluteTls(tls: NonNullable<HttpClientConfig['tls_config']>, folder: string) {
  return withAbsoluteFiles({ follow_redirects: true, tls_config: tls }, folder).tls_config;
}

function withFolder(receiver: ReturnType<typeof receiverModel>, folder: string): ReturnType<typeof receiverModel> {
  const integrations = receiver.integrations.map((one) => ({
    ...one,
    config: absoluteHttp<IntegrationConfig>(one.config, folder),
  }));
  return { ...receiver, integrations };
}

/** One line for each warning, as logs and commands show it. */
export function formatWarnings({ warnings }: LoadedAlertmanagerFile): readonly string[] {
  return warnings.map(formatProblem);
}
