import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials } from '@vedette/agent';
import type {
  CameraSaved,
  CamerasAnswer,
  CamerasChanged,
  CredentialsReference,
  DiscoveryJob,
  ImportStatus,
  ImportsAnswer,
  InventoryEntry,
  InventoryHistoryAnswer,
  InventoryProblemsAnswer,
  InventoryUploaded,
  MaintenanceAnswer,
  PlannedMaintenance,
  SitePlan,
  SitePlansAnswer,
} from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import { randomId } from '../../base/random.ts';
import type { CameraChanges } from './camera-changes.ts';
import { listCameras } from './camera-list.ts';
import { readCsvFile } from './csv-file.ts';
import type { Discovery } from './discovery.ts';
import { csvOf, yamlOf } from './export-inventory.ts';
import { readField } from './field-readers.ts';
import { type ReadContext } from './written-value.ts';
import type { InventoryHistory } from './history.ts';
import type { Importer } from './imports/importer.ts';
import { decoded } from './inventory-files.ts';
import { HISTORY_MAX, PLAN_BYTES_MAX, UPLOAD_BYTES_MAX } from './limits.ts';
import type { PlannedMaintenances } from './planned-maintenance.ts';
import { problemText } from './read-inventory.ts';
import type { SitePlans } from './site-plans.ts';
import type { Inventory } from '../ports.ts';
import { readYamlFile } from './yaml-file.ts';

export interface InventoryApiDeps {
  readonly clock: Clock;
  readonly inventory: Inventory;
  /** Throws DATABASE_UNAVAILABLE until the state is read. */
  readonly opened: () => {
    readonly changes: CameraChanges;
    readonly planned: PlannedMaintenances;
    readonly history: InventoryHistory;
    readonly plans: SitePlans;
  };
  readonly importer: Importer;
  readonly discovery: Discovery;
  readonly problems: () => InventoryProblemsAnswer;
  readonly apiContext: () => ReadContext;
  readonly resolveCredentials: (reference: CredentialsReference) => Credentials;
}

type WithId = { Params: { id: string } };

/** /api/vedette/fleet/cameras and what belongs to the inventory; `GET /cameras/:id` is health's. */
export function inventoryPlugin(deps: InventoryApiDeps): HttpPlugin {
  const { inventory, importer, discovery } = deps;
  /** Versions begin anew with each process. */
  const boot = randomId(4);
  return async (scope) => {
    scope.removeContentTypeParser(['text/plain']);
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: UPLOAD_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );

    scope.get<{ Querystring: Record<string, unknown> }>('/api/vedette/fleet/cameras', async (request, reply) => {
      const tag = `W/"${boot}-${inventory.version}"`;
      void reply.header('etag', tag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      const answer: CamerasAnswer = {
        cameras: listCameras(inventory.cameras(), request.query),
        total: inventory.cameras().length,
        problems: deps.problems().problems.map(problemText),
      };
      return answer;
    });
    scope.post('/api/vedette/fleet/cameras', async (request, reply): Promise<CameraSaved> => {
      const saved = await deps.opened().changes.create(request.body, deps.apiContext(), who(request));
      void reply.code(201);
      return saved;
    });
    scope.patch('/api/vedette/fleet/cameras', async (request): Promise<CamerasChanged> =>
      deps.opened().changes.patchMany(request.body, deps.apiContext(), who(request)),
    );
    scope.patch<WithId>('/api/vedette/fleet/cameras/:id', async (request): Promise<CameraSaved> =>
      deps.opened().changes.patch(request.params.id, request.body, deps.apiContext(), who(request)),
    );
    scope.delete<WithId & { Querystring: { revision?: string } }>(
      '/api/vedette/fleet/cameras/:id',
      async (request, reply) => {
        await deps.opened().changes.delete(request.params.id, revisionOf(request.query.revision), who(request));
        return reply.code(204).send();
      },
    );

    scope.get<WithId>('/api/vedette/fleet/inventory/cameras/:id', async (request): Promise<InventoryEntry> =>
      deps.opened().changes.entry(request.params.id),
    );
    scope.get('/api/vedette/fleet/inventory/problems', async (): Promise<InventoryProblemsAnswer> => deps.problems());
    scope.get<{ Querystring: { camera?: string; limit?: string } }>(
      '/api/vedette/fleet/inventory/history',
      async (request): Promise<InventoryHistoryAnswer> => {
        const { camera, limit } = request.query;
        return {
          entries: deps.opened().history.entries({
            ...(camera === undefined ? {} : { camera }),
            limit: countOf('limit', limit, 200, HISTORY_MAX),
          }),
        };
      },
    );
    scope.get<{ Querystring: { format?: string } }>('/api/vedette/fleet/inventory/export', async (request, reply) =>
      exported(inventory, request.query.format ?? 'yaml', reply),
    );
    scope.post<{ Querystring: { dry_run?: string } }>(
      '/api/vedette/fleet/inventory/upload',
      { bodyLimit: UPLOAD_BYTES_MAX },
      async (request): Promise<InventoryUploaded> => {
        if (!Buffer.isBuffer(request.body))
          throw new VedetteError(
            'CAMERA_INVALID',
            'send the file itself as the body, with content-type text/csv or application/yaml',
          );
        const { text } = decoded(request.body);
        const context = deps.apiContext();
        const read = isYamlText(text, request.headers['content-type'] ?? '')
          ? await readYamlFile(text, 'upload.yaml', context, async () => [])
          : await readCsvFile(text, 'upload.csv', context);
        return deps
          .opened()
          .changes.upload(read, request.query.dry_run === 'true' || request.query.dry_run === '1', who(request));
      },
    );

    scope.get('/api/vedette/fleet/inventory/imports', async (): Promise<ImportsAnswer> => ({
      imports: importer.statuses(),
    }));
    scope.post<{ Params: { name: string } }>(
      '/api/vedette/fleet/inventory/imports/:name/run',
      async (request): Promise<ImportStatus> => importer.run(request.params.name),
    );

    scope.get('/api/vedette/fleet/maintenance', async (): Promise<MaintenanceAnswer> => ({
      windows: deps.opened().planned.list(inventory.cameras()),
    }));
    scope.post('/api/vedette/fleet/maintenance', async (request, reply): Promise<PlannedMaintenance> => {
      const window = await deps.opened().changes.planMaintenance(request.body, who(request));
      void reply.code(201);
      return window;
    });
    scope.delete<WithId>('/api/vedette/fleet/maintenance/:id', async (request, reply) => {
      await deps.opened().changes.endMaintenance(request.params.id, who(request));
      return reply.code(204).send();
    });

    scope.post('/api/vedette/fleet/discovery', async (request, reply): Promise<DiscoveryJob> => {
      const job = discovery.start(request.body, (raw) => credentialsOf(raw, deps));
      void reply.code(202);
      return job;
    });
    scope.get('/api/vedette/fleet/discovery', async (): Promise<DiscoveryJob> => discovery.job());
    scope.delete('/api/vedette/fleet/discovery', async (_request, reply) => {
      await discovery.cancel();
      return reply.code(204).send();
    });

    planRoutes(scope, deps);
  };
}

type WithSite = { Params: { site: string } };

function planRoutes(scope: Parameters<HttpPlugin>[0], deps: InventoryApiDeps): void {
  const path = '/api/vedette/fleet/plans/:site';
  scope.get('/api/vedette/fleet/plans', async (): Promise<SitePlansAnswer> => ({ plans: deps.opened().plans.list() }));
  scope.put<WithSite>(path, { bodyLimit: PLAN_BYTES_MAX }, async (request): Promise<SitePlan> => {
    if (!Buffer.isBuffer(request.body))
      throw new VedetteError('SITE_PLAN_INVALID', 'send the picture itself as the body, with its content-type');
    const plan = await deps.opened().plans.put(request.params.site, request.body, who(request));
    await deps.opened().changes.rememberPlan(plan, who(request), 'picture of');
    return plan;
  });
  scope.get<WithSite>(path, async (request, reply) => {
    const { type, hash, bytes } = deps.opened().plans.picture(request.params.site);
    const tag = `"${hash}"`;
    // An SVG that is opened by itself is a document of our origin: it gets no rights at all.
    void reply
      .header('etag', tag)
      .header('cache-control', 'private, no-cache')
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
      .header('cross-origin-resource-policy', 'same-origin');
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    return reply.type(type).send(bytes);
  });
  scope.delete<WithSite>(path, async (request, reply) => {
    await deps.opened().plans.delete(request.params.site);
    await deps.opened().changes.rememberPlan({ site: request.params.site }, who(request), 'no picture any more of');
    return reply.code(204).send();
  });
}

/** Browsers send files of types that they do not know as anything. */
function isYamlText(text: string, type: string): boolean {
  if (/yaml/i.test(type)) return true;
  if (/csv/i.test(type)) return false;
  const first = text.split('\n').find((line) => /^\s*[^#\s]/.test(line)) ?? '';
  return /^(?:cameras|groups|defaults|templates|schedules)\s*:|^- |^---\s*$/.test(first);
}

function who(request: FastifyRequest): string {
  return request.user ?? 'anonymous';
}

function exported(inventory: Inventory, format: string, reply: FastifyReply): FastifyReply {
  if (format !== 'csv' && format !== 'yaml')
    throw new VedetteError('QUERY_BAD_PARAMETER', '"format" must be csv or yaml');
  const cameras = inventory.cameras();
  return reply
    .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/yaml; charset=utf-8')
    .header('content-disposition', `attachment; filename="cameras.${format}"`)
    .send(format === 'csv' ? csvOf(cameras) : yamlOf(cameras));
}

function credentialsOf(raw: unknown, deps: InventoryApiDeps): Credentials | undefined {
  const reference = readField(
    'credentials',
    raw,
    (message, remedy) => {
      throw new VedetteError('CAMERA_INVALID', `credentials: ${message}; ${remedy}`);
    },
    deps.apiContext(),
  );
  return reference === undefined ? undefined : deps.resolveCredentials(reference as CredentialsReference);
}

function revisionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  throw new VedetteError('QUERY_BAD_PARAMETER', '"revision" must be the number that was answered');
}

function countOf(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), most);
  throw new VedetteError('QUERY_BAD_PARAMETER', `"${name}" must be a whole number`);
}
