import { createHash } from 'node:crypto';
import { type YamlSource, readYaml, sourceError } from '../base/yaml-source.ts';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import { findJsonFault } from './json-fault.ts';
import { DASHBOARD_BYTES_MAX, UID_LENGTH_MAX } from './limits.ts';
import { type JsonObject, isObject, objectsAt, textAt, valueAt } from './loose-json.ts';
import { SCHEMA_V2, looksLikeDashboard, usesSchemaV2 } from './normalise.ts';

/** One dashboard found in a file, with the very text it was written in. */
export interface FoundDashboard {
  readonly json: unknown;
  /** Byte for byte: the whole file, or the ConfigMap entry. */
  readonly text: string;
  readonly format: 'json' | 'yaml';
  /** Stable name of the place: the file, or `file#entry`. */
  readonly place: string;
  /** For documents without a title. */
  readonly titleHint: string;
}

/** A folder that a Grafana provider file names. */
export interface FoundProvider {
  readonly path: string;
  readonly folder: string;
}

export interface FileContent {
  readonly dashboards: readonly FoundDashboard[];
  readonly providers: readonly FoundProvider[];
}

/**
 * A JSON dashboard, a YAML one, a ConfigMap holding dashboards, or a Grafana provider file. Throws DASHBOARD_INVALID with
 * file, line and column. `path` names the file in messages and identifies its dashboards.
 */
export function readDocument(text: string, path: string): FileContent {
  const size = Buffer.byteLength(text);
  if (size > DASHBOARD_BYTES_MAX) {
    throw at(path, 1, 1, `the file has ${size} bytes; at most ${DASHBOARD_BYTES_MAX} are accepted`);
  }
  const titleHint = titleFromPath(path);
  if (/^\s*[{[]/.test(text) || path.endsWith('.json')) {
    const json = parseJson(text, path);
    if (!looksLikeDashboard(json)) {
      if (usesSchemaV2(json)) throw at(path, 1, 1, ...SCHEMA_V2);
      throw at(path, 1, 1, 'this JSON has no "panels"', 'export the dashboard from Grafana with its JSON model');
    }
    return { dashboards: [{ json, text, format: 'json', place: path, titleHint }], providers: [] };
  }
  return readYamlFile(text, path, titleHint);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const fault = findJsonFault(text);
    throw fault ? at(path, fault.line, fault.column, fault.message) : at(path, 1, 1, errorMessage(error));
  }
}

function readYamlFile(text: string, path: string, titleHint: string): FileContent {
  const dashboards: FoundDashboard[] = [];
  const providers: FoundProvider[] = [];
  const sources = readYamlSafely(text, path);
  for (const source of sources) {
    const json = source.toJS();
    const providerList = providersOf(json);
    if (providerList.length > 0) providers.push(...providerList);
    else if (textAt(json, 'kind') === 'ConfigMap') dashboards.push(...configMapDashboards(source, json, path));
    else if (looksLikeDashboard(json)) dashboards.push({ json, text, format: 'yaml', place: path, titleHint });
    else if (usesSchemaV2(json)) throw at(path, 1, 1, ...SCHEMA_V2);
  }
  if (dashboards.length === 0 && providers.length === 0) {
    throw at(
      path,
      1,
      1,
      'there is no dashboard in this file',
      'expected a "panels" list, a ConfigMap with dashboards, or Grafana "providers"',
    );
  }
  return { dashboards, providers };
}

function readYamlSafely(text: string, path: string): readonly YamlSource[] {
  try {
    return readYaml(text, path, 'DASHBOARD_INVALID');
  } catch (error) {
    if (isVedetteError(error)) throw error;
    throw at(path, 1, 1, `the YAML cannot be read: ${errorMessage(error)}`);
  }
}

/** The provider file itself, or Helm values that carry it under its file name. */
function providersOf(json: unknown): readonly FoundProvider[] {
  const candidates: readonly unknown[] = [
    json,
    ...(isObject(json)
      ? Object.entries(json)
          .filter(([key]) => /\.ya?ml$/.test(key))
          .map(([, value]) => value)
      : []),
  ];
  return candidates.flatMap((candidate) =>
    objectsAt(candidate, 'providers').flatMap((provider) => {
      const path = textAt(provider, 'options', 'path');
      return path === undefined ? [] : [{ path, folder: textAt(provider, 'folder') ?? '' }];
    }),
  );
}

/** Entries that are dashboards; with Grafana's sidecar label a faulty one is an error, without it other data is passed by. */
function configMapDashboards(source: YamlSource, json: unknown, path: string): readonly FoundDashboard[] {
  const labelled = textAt(json, 'metadata', 'labels', 'grafana_dashboard') !== undefined;
  const data = valueAt(json, 'data');
  if (!isObject(data)) return [];
  return Object.entries(data).flatMap(([key, value]): readonly FoundDashboard[] => {
    if (typeof value !== 'string' || !/\.(?:json|ya?ml)$/.test(key)) return [];
    try {
      return readDocument(value, `${path}#${key}`).dashboards;
    } catch (error) {
      if (!labelled) return [];
      const { line, column } = source.locate(['data', key]);
      throw at(path, line, column, `data.${key}: ${errorMessage(error)}`);
    }
  });
}

function at(file: string, line: number, column: number, message: string, remedy?: string): VedetteError {
  return sourceError('DASHBOARD_INVALID', [
    { file, line, column, path: '', message, ...(remedy === undefined ? {} : { remedy }) },
  ]);
}

/** `boards/s4-live_view.yaml` → `S4 live view`. */
function titleFromPath(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('#')) + 1).replace(/\.(?:json|ya?ml)$/, '');
  const words = name.replaceAll(/[-_.\s]+/g, ' ').trim();
  return words === '' ? 'Untitled' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Grafana's own uid when it can stand in a URL, else one made of the title and the place, the same at every start. */
export function uidOf(dashboard: JsonObject, title: string, place: string): string {
  const given = textAt(dashboard, 'uid') ?? '';
  if (isUid(given)) return given;
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 8);
  return slug === '' ? hash : `${slug}-${hash}`;
}

const SLUG_LENGTH_MAX = 40;

function isUid(text: string): boolean {
  return text.length <= UID_LENGTH_MAX && /^[A-Za-z0-9_-]+$/.test(text);
}
