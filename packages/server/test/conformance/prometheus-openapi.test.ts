import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProtobufWriter } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Vedette, startVedette } from '../../src/app/index.ts';
import { eventually } from '../e2e/vedette-process.ts';
import { type Schema, schemaFaults } from '../support/schema-faults.ts';

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const file = join(root, '../shared/conformance/prometheus-api/openapi_3.1_golden.yaml');
const found = existsSync(file);
const document: Document = found
  ? (parse(readFileSync(file, 'utf8')) as Document)
  : { paths: {}, components: { schemas: {} } };

/** Refused in words; docs/compat/prometheus-api.md says why. */
const REFUSED: Readonly<Record<string, number>> = {
  'POST /otlp/v1/metrics': 404,
  ...Object.fromEntries(
    ['metric_names', 'label_names', 'label_values'].flatMap((what) => [
      [`GET /search/${what}`, 404],
      [`POST /search/${what}`, 404],
    ]),
  ),
  'PUT /admin/tsdb/snapshot': 404,
  'POST /admin/tsdb/snapshot': 404,
};

/** What Vedette adds to an answer. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  'GET /targets': ['$.data: discoveryErrors is not in the schema'],
};

/** Prometheus answers these without a body although its document says otherwise. */
const EMPTY: ReadonlySet<string> = new Set([
  'PUT /admin/tsdb/delete_series',
  'POST /admin/tsdb/delete_series',
  'PUT /admin/tsdb/clean_tombstones',
  'POST /admin/tsdb/clean_tombstones',
]);

/** Values that mean something to the server under test, by the name of the parameter. */
const VALUES: Readonly<Record<string, string | readonly string[]>> = {
  query: 'up',
  time: String(Math.floor(Date.now() / 1000)),
  start: String(Math.floor(Date.now() / 1000) - 60),
  end: String(Math.floor(Date.now() / 1000)),
  step: '15s',
  stats: 'all',
  timeout: '10s',
  lookback_delta: '1m',
  limit: '3',
  'match[]': ['up', 'node_load1'],
  name: 'job',
  label: 'job',
  metric: 'node_load1',
  scrapePool: 'files',
  labels: '{"__address__":"127.0.0.1:1"}',
  match_target: '{job="files"}',
  state: 'any',
  metric_name_pattern: 'vedette_.*',
  limit_per_metric: '1',
  'search[]': ['up'],
};

describe('the OpenAPI document of Prometheus', () => {
  let vedette: Vedette;
  let url: string;
  const folder = mkdtempSync(join(tmpdir(), 'vedette-openapi-'));

  beforeAll(async () => {
    if (!found) {
      process.stdout.write(
        'shared/conformance/prometheus-api absent: the operations of the OpenAPI document are not checked\n',
      );
      return;
    }
    const config = join(folder, 'vedette.yaml');
    writeFileSync(
      config,
      `http: { listen: '127.0.0.1:0', admin_api: true }
global: { external_labels: { site: north } }
host_collector: { scrape_interval: 1s }
alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:1'] }] }] }
scrape_configs:
  - job_name: files
    relabel_configs: [{ source_labels: [__address__], target_label: copy }]
    static_configs: [{ targets: ['127.0.0.1:1'] }]
`,
    );
    vedette = await startVedette({
      flags: { config, data: join(folder, 'data') },
      version: '0.0.0',
      log: () => undefined,
    });
    url = vedette.describe().url;
    await eventually(async () => {
      expect(await (await fetch(`${url}/api/v1/query?query=node_load1`)).text()).toContain('"node_load1"');
    });
  });

  afterAll(async () => {
    await vedette?.stop(AbortSignal.timeout(20_000));
    rmSync(folder, { recursive: true, force: true });
  });

  const resolveRef = (ref: string): Schema => {
    const schema = document.components.schemas[ref.replace('#/components/schemas/', '')];
    if (!schema) throw new Error(`no schema ${ref}`);
    return schema;
  };

  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );

  it.runIf(found)('has its operations', () => {
    expect(operations.length).toBeGreaterThan(45);
  });

  it.each(operations)('%s answers as documented', async (name, operation) => {
    const [method, path] = name.split(' ') as [string, string];
    const address = new URL(`${url}/api/v1${path.replace('{name}', 'job')}`);
    const form = new URLSearchParams();
    const body = operation.requestBody?.content['application/x-www-form-urlencoded'];
    const formSchema = body && (body.schema.$ref === undefined ? body.schema : resolveRef(body.schema.$ref));
    const names = [
      ...(operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => parameter.name),
      ...Object.keys(formSchema?.properties ?? {}),
    ];
    for (const parameter of names) {
      const values = VALUES[parameter];
      for (const value of values === undefined ? [] : [values].flat()) {
        if (body) form.append(parameter, value);
        else address.searchParams.append(parameter, value);
      }
    }
    const binary = path === '/read' || path === '/write';
    const answer = await fetch(address, {
      method,
      ...(body && { body: form }),
      ...(binary && {
        body: compressSnappy(new ProtobufWriter().bytes()),
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      }),
    });
    const text = await answer.text();
    const refused = REFUSED[name];
    if (refused !== undefined) {
      expect(answer.status, text).toBe(refused);
      // Words that say what is not there, and what to do instead.
      expect(text).toMatch(/\w+ \w+ \w+ \w+/);
      return;
    }
    if (EMPTY.has(name)) {
      expect([answer.status, text]).toEqual([204, '']);
      return;
    }
    // Prometheus answers /read with a message; the document only knows its sibling's empty answer.
    const documented = path === '/read' ? 200 : Number(Object.keys(operation.responses)[0]);
    expect(answer.status, text).toBe(documented);
    const content = operation.responses[String(documented)]?.content ?? {};
    const json = content['application/json'];
    if (json) {
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(schemaFaults(JSON.parse(text), json.schema, resolveRef)).toEqual(OWN[name] ?? []);
    }
  });
});
