import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type LoadedAlertmanagerFile, RECEIVER_KINDS, loadAlertmanagerFile } from '../alerting/index.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { type SourceProblem, type YamlSource, checkSource, readYaml, sourceError } from '../base/yaml-source.ts';
import { parseListen } from '../http/index.ts';
import { type Config, configSchema } from './config-schema.ts';
import { INACTIVE_SECTIONS } from './inactive-sections/index.ts';
import { unusableUrl } from '../metrics/send/index.ts';
import { type EnvironmentSettings, readEnvironment } from './environment.ts';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './logging.ts';

/** What the command line gives; undefined where the user said nothing. */
export interface Flags {
  readonly config?: string;
  /** An Alertmanager file. */
  readonly alertmanager?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** Everything Vedette was told, checked and frozen: file, environment and flags (each wins over the one before). */
export interface LoadedConfig {
  /** Absolute path, or undefined when the built-in settings are used. */
  readonly file: string | undefined;
  /** Relative paths of the file start here. */
  readonly baseDir: string;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly sections: Config;
  /** Undefined when none is named. */
  readonly alertmanager: AlertmanagerFile | undefined;
  /** What was read but has no effect, or not the one it seems to have. */
  readonly warnings: readonly SourceProblem[];
}

export interface AlertmanagerFile extends LoadedAlertmanagerFile {
  /** Absolute path. */
  readonly file: string;
}

const CONFIG_FILE_DEFAULT = 'vedette.yaml';
const DATA_DIR_DEFAULT = 'data';

/**
 * Reads and checks the whole configuration, with the Alertmanager file that it names. Throws CONFIG_UNREADABLE, CONFIG_INVALID or
 * ALERTMANAGER_INVALID with every fault at its place.
 */
export function loadConfig(
  flags: Flags,
  environment: EnvironmentSettings = readEnvironment(),
  cwd = process.cwd(),
): LoadedConfig {
  const named = flags.config ?? environment.configFile;
  const found = existsSync(resolve(cwd, CONFIG_FILE_DEFAULT)) ? CONFIG_FILE_DEFAULT : undefined;
  const given = named ?? found;
  const file = given === undefined ? undefined : resolve(cwd, given);
  const baseDir = file === undefined ? cwd : dirname(file);
  const read =
    file === undefined ? { sections: configSchema.parse({}), warnings: [] } : readConfigFile(file, given ?? file);
  const sections = withAbsoluteFiles(read.sections, baseDir);
  const listen = flags.listen ?? environment.listen;
  const alertmanager = readAlertmanagerFile(flags.alertmanager ?? environment.alertmanagerFile, sections.alerting, {
    cwd,
    baseDir,
  });
  return deepFreeze({
    file,
    baseDir,
    dataDir: dataDirectory(flags.data ?? environment.dataDir, sections.storage.path, { cwd, baseDir }),
    logLevel: oneOf('--log-level', flags.logLevel ?? environment.logLevel ?? 'info', LOG_LEVELS),
    logFormat: oneOf('--log-format', flags.logFormat ?? environment.logFormat ?? 'logfmt', ['logfmt', 'json'] as const),
    sections: listen === undefined ? sections : { ...sections, http: { ...sections.http, listen: listenFlag(listen) } },
    alertmanager,
    warnings: [...read.warnings, ...(alertmanager?.warnings ?? [])],
  });
}

/** What the command line or the environment names starts at the working directory, what the file names at the file. */
function readAlertmanagerFile(
  given: string | undefined,
  { config_file: written, matchers }: Config['alerting'],
  { cwd, baseDir }: { readonly cwd: string; readonly baseDir: string },
): AlertmanagerFile | undefined {
  if (given === undefined && written === undefined) return undefined;
  const file = given === undefined ? resolve(baseDir, written ?? '') : resolve(cwd, given);
  return { file, ...loadAlertmanagerFile(file, { kinds: RECEIVER_KINDS, matchers }) };
}

/** What the command line or the environment says starts at the working directory, a path of the file at the file. */
function dataDirectory(
  given: string | undefined,
  written: string | undefined,
  { cwd, baseDir }: { readonly cwd: string; readonly baseDir: string },
): string {
  if (given !== undefined || written === undefined) return resolve(cwd, given ?? DATA_DIR_DEFAULT);
  return resolve(baseDir, written);
}

/** Relative names of files start at the configuration file, as in Prometheus's web configuration. */
function withAbsoluteFiles(sections: Config, baseDir: string): Config {
  return withAbsoluteCertificates(withAbsoluteInventory(sections, baseDir), baseDir);
}

function withAbsoluteInventory(sections: Config, baseDir: string): Config {
  const { alerting } = sections;
  const inventory = alerting.roll_up?.inventory;
  if (!alerting.roll_up || inventory === undefined) return sections;
  const roll_up = { ...alerting.roll_up, inventory: resolve(baseDir, inventory) };
  return { ...sections, alerting: { ...alerting, roll_up } };
}

function withAbsoluteCertificates(sections: Config, baseDir: string): Config {
  const tls = sections.http.tls_server_config;
  if (tls === undefined) return sections;
  const absolute = { cert_file: resolve(baseDir, tls.cert_file), key_file: resolve(baseDir, tls.key_file) };
  return { ...sections, http: { ...sections.http, tls_server_config: absolute } };
}

/** One file checked against the schema; `shownAs` is how the user wrote its name. */
export function readConfigFile(
  file: string,
  shownAs: string,
): { sections: Config; warnings: readonly SourceProblem[] } {
  const documents = readYaml(readText(file, shownAs), shownAs);
  if (documents.length > 1 && documents[1]) {
    throw sourceError('CONFIG_INVALID', [
      documents[1].problem([], 'a second document; a configuration is one document', 'remove the line "---"'),
    ]);
  }
  const source = documents[0];
  if (!source) return { sections: configSchema.parse({}), warnings: [] };
  const sections = checkSource(source, configSchema);
  return { sections, warnings: inactiveWarnings(source, sections) };
}

function inactiveWarnings(source: YamlSource, sections: Config): SourceProblem[] {
  const top = source.toJS();
  if (typeof top !== 'object' || top === null) return [];
  const inactive = Object.entries(INACTIVE_SECTIONS)
    .filter(([name]) => name in top)
    .map(([name, consequence]) => source.problem([name], `${name} has no effect in this version: ${consequence}`));
  const unusable = sections.remote_write.flatMap((remote, i) => {
    const fault = unusableUrl(remote);
    return fault === undefined ? [] : [source.problem(['remote_write', i, 'url'], fault)];
  });
  return [...inactive, ...unusable];
}

function readText(file: string, shownAs: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'this user may not read it'
            : errorMessage(error);
    throw new VedetteError('CONFIG_UNREADABLE', `cannot read the configuration ${shownAs}: ${reason}`, {
      cause: error,
    });
  }
}

function listenFlag(text: string): { host: string; port: number } {
  const address = parseListen(text);
  if (address) return address;
  throw new VedetteError(
    'CONFIG_INVALID',
    `--listen: not an address: "${text}"; write it as 127.0.0.1:9600 or [::1]:9600`,
  );
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  if ((known as readonly string[]).includes(value)) return value as T;
  throw new VedetteError('CONFIG_INVALID', `${flag}: "${value}" is none of ${known.join(', ')}`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
