import { stringify } from 'yaml';
import { z } from 'zod';
import { Secret } from '../base/config-schema.ts';
import { formatDuration, formatSize } from '../base/units.ts';
import { formatListen } from '../http/index.ts';
import { retentionMsOf } from '../clickhouse/index.ts';
import type { ScrapePoolConfig } from '../metrics/receive/index.ts';
import type { LoadedConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { INACTIVE_SECTIONS } from './inactive-sections/index.ts';
import { wantedPacks, wantsStarterRules } from './settings.ts';

/**
 * Every effective value as YAML that Vedette reads back, with `<secret>` where a secret stands. Sections without effect are left
 * out: their secrets are not known as such.
 */
export function printConfig(config: LoadedConfig): string {
  const { listen, basic_auth_users: users, ...http } = config.sections.http;
  const { storage } = config.sections;
  const active = Object.entries(config.sections).filter(([name]) => !(name in INACTIVE_SECTIONS));
  const sections = {
    ...Object.fromEntries(active),
    storage: { ...storage, retention: retentionMsOf(storage) },
    catalog: { ...config.sections.catalog, rules: wantsStarterRules(config), packs: wantedPacks(config) },
    // Hashes can be tried offline: they are no reading matter either.
    http: { listen: formatListen(listen), ...http, basic_auth_users: masked(Object.keys(users)) },
  };
  const body = stringify(writeBack(configSchema, sections), { lineWidth: 0, aliasDuplicateObjects: false });
  const alertmanager = config.alertmanager ? `# Alertmanager file: ${config.alertmanager.file}\n` : '';
  return `# configuration: ${config.file ?? 'built in'}\n${alertmanager}# data: ${config.dataDir}\n# log: ${config.logLevel}, ${config.logFormat}\n${body}`;
}

/** One job of what `printConfig` prints. */
export function printScrapePool(pool: ScrapePoolConfig): string {
  const written = writeBack(configSchema.shape.scrape_configs, [pool]) as readonly unknown[];
  return stringify(written[0], { lineWidth: 0, aliasDuplicateObjects: false });
}

function masked(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '<secret>']));
}

/** The parsed value as the file would have it: the schema says which numbers are durations and sizes. */
function writeBack(schema: unknown, value: unknown): unknown {
  if (value instanceof Secret) return value.toString();
  if (value === undefined || value === null) return undefined;
  const inner = unwrap(schema);
  if (typeof value === 'number' && inner instanceof z.ZodType) {
    const unit = unitOf(inner) ?? unitOf(schema);
    if (unit === 'duration') return formatDuration(value);
    if (unit === 'size') return formatSize(value);
  }
  if (Array.isArray(value)) {
    const element = inner instanceof z.ZodArray ? inner.element : undefined;
    return value.map((item) => writeBack(element, item));
  }
  if (typeof value === 'object') {
    const shape: Readonly<Record<string, unknown>> = inner instanceof z.ZodObject ? inner.shape : {};
    const each = inner instanceof z.ZodRecord ? inner.valueType : undefined;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, writeBack(shape[key] ?? each, item)]));
  }
  return value;
}

function unitOf(schema: unknown): unknown {
  return schema instanceof z.ZodType ? z.globalRegistry.get(schema)?.unit : undefined;
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    if (unitOf(current) !== undefined) return current;
    if (
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault
    ) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) {
      current = current.in instanceof z.ZodTransform ? current.out : current.in;
    } else {
      return current;
    }
  }
}
