import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import { withAbsoluteFiles as clientWithAbsoluteFiles } from '../../base/http-client/index.ts';
import { checkSource, readYaml } from '../../base/yaml-source.ts';
import {
  type ReceiveConfig,
  type ReceiveSections,
  type ScrapeConfig,
  checkReceive,
  globalSchema,
  receiveShape,
  resolveScrapeConfig,
} from './config.ts';
import { discoveryWithAbsoluteFiles } from './discovery/absolute-files.ts';

/**
 * The effective receive configuration: reads `scrape_config_files`, makes file references absolute (relative ones count from
 * the file they stand in) and applies what `global` passes on. Throws CONFIG_INVALID with positions, CONFIG_UNREADABLE.
 */
export function resolveReceive(sections: ReceiveSections, configFile: string): ReceiveConfig {
  const folder = dirname(resolve(configFile));
  const jobs = new Set(sections.scrape_configs.map((config) => config.job_name));
  const configs = sections.scrape_configs.map((config) => withAbsoluteFiles(config, folder));
  for (const pattern of sections.scrape_config_files) {
    const files = matchFiles(isAbsolute(pattern) ? pattern : join(folder, pattern));
    for (const file of files) configs.push(...readScrapeConfigFile(file, sections, jobs));
  }
  return {
    externalLabels: sections.global.external_labels,
    pools: configs.map((config) => resolveScrapeConfig(sections.global, config, sections.scrape)),
  };
}

function readScrapeConfigFile(file: string, sections: ReceiveSections, jobs: Set<string>): ScrapeConfig[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `scrape_config_files: cannot read ${file}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  const schema = z
    .strictObject({ scrape_configs: receiveShape.scrape_configs })
    .superRefine((document, context) =>
      checkReceive({ global: sections.global, scrape_configs: document.scrape_configs }, context, jobs),
    );
  return readYaml(text, file).flatMap((source) =>
    checkSource(source, schema).scrape_configs.map((config) => withAbsoluteFiles(config, dirname(file))),
  );
}

/** Files matching a path whose last part may hold `*` and `?`; sorted. A path without wildcards is itself. */
export function matchFiles(pattern: string): readonly string[] {
  const name = basename(pattern);
  if (!/[*?[]/.test(name)) return [pattern];
  const folder = dirname(pattern);
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    // A folder that does not exist yet matches nothing, as in Prometheus; any other fault is one.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new VedetteError('CONFIG_UNREADABLE', `cannot list ${folder}: ${errorMessage(error)}`, { cause: error });
  }
  return entries
    .filter((entry) => matchesWildcards(name, entry))
    .sort()
    .map((entry) => join(folder, entry));
}

/** `*`, `?` and `[a-z]`, as in Go's filepath.Match; linear in practice because file names are short. */
export function matchesWildcards(pattern: string, name: string): boolean {
  const match = (p: number, n: number): boolean => {
    for (; p < pattern.length; p++, n++) {
      const char = pattern[p];
      if (char === '*') {
        while (pattern[p + 1] === '*') p++;
        for (let rest = n; rest <= name.length; rest++) if (match(p + 1, rest)) return true;
        return false;
      }
      if (n >= name.length) return false;
      if (char === '?') continue;
      const close = char === '[' ? pattern.indexOf(']', p + 2) : -1;
      if (close !== -1) {
        if (!inClass(pattern.slice(p + 1, close), name[n] as string)) return false;
        p = close;
      } else if (char !== name[n]) {
        return false;
      }
    }
    return n === name.length;
  };
  return match(0, 0);
}

function inClass(set: string, char: string): boolean {
  const negated = set.startsWith('^');
  const body = negated ? set.slice(1) : set;
  let inside = false;
  for (let i = 0; i < body.length; i++) {
    const from = body[i] as string;
    if (body[i + 1] === '-' && i + 2 < body.length) {
      inside ||= from <= char && char <= (body[i + 2] as string);
      i += 2;
    } else {
      inside ||= from === char;
    }
  }
  return inside !== negated;
}

function withAbsoluteFiles(config: ScrapeConfig, folder: string): ScrapeConfig {
  return discoveryWithAbsoluteFiles(clientWithAbsoluteFiles(config, folder), folder);
}

/** The sections on their own, for tests and for checking a plain Prometheus file. */
export const receiveSections = z
  .object({ ...receiveShape, global: globalSchema })
  .superRefine((sections, context) => checkReceive(sections, context));
