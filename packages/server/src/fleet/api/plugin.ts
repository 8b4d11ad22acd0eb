import type {
  CameraAnswer,
  CameraEventsAnswer,
  FleetCausesAnswer,
  FleetGroupsAnswer,
  LedgerAnswer,
} from '@vedette/wire/http';
import { clientSignal } from '../../base/client-signal.ts';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Database } from '../../clickhouse/index.ts';
import { EVENTS_MAX, readEvents } from '../events/index.ts';
import type { Fleet } from '../health/fleet.ts';
import type { FleetEntry } from '../health/fleet-entry.ts';
import { LEDGER_WINDOW_MAX_MS, type LedgerDeps, readLedger } from '../ledger/index.ts';
import type { ProbeViews } from '../ports.ts';
import { cameraAnswer } from './camera.ts';
import { GROUPS_BY, type GroupsBy, groupsOf } from './groups.ts';
import type { PassportShelf } from './passport-shelf.ts';
import { badParameter, oneOf, wholeOf, windowOf } from './request.ts';
import type { Wall } from './wall.ts';

export interface FleetApiDeps extends LedgerDeps {
  readonly fleet: Fleet;
  readonly wall: Wall;
  readonly passports: PassportShelf;
  readonly clock: Clock;
  readonly database: Database;
  readonly probes?: ProbeViews;
  /** Without a new segment for so long there is a gap. */
  readonly recordingGapMs: (cameraClass: string | undefined) => number;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const EVENTS_WINDOW_DEFAULT_MS = 7 * 86_400_000;
const EVENTS_WINDOW_MAX_MS = 3_660 * 86_400_000;
const LEDGER_WINDOW_DEFAULT_MS = 86_400_000;
const EVENTS_DEFAULT = 1_000;

/** What is known about cameras, under /api/vedette/fleet; the inventory itself is another plugin's. */
export function fleetApi(deps: FleetApiDeps): HttpPlugin {
  const { fleet, wall, passports, clock, database, probes } = deps;
  const entryOf = (params: unknown): FleetEntry => {
    const { id } = params as { readonly id: string };
    const entry = fleet.entry(id);
    if (!entry)
      throw new VedetteError('NOT_FOUND', `there is no camera ${JSON.stringify(id.slice(0, 200))} in the inventory`);
    return entry;
  };
  return async (scope) => {
    scope.get('/api/vedette/fleet/wall', async (request, reply) => {
      const since = wholeOf(request.query, 'since', 0, Number.MAX_SAFE_INTEGER);
      return reply.type(JSON_TYPE).header('cache-control', 'no-store').send(wall.text(since));
    });

    scope.get('/api/vedette/fleet/causes', async (): Promise<FleetCausesAnswer> => ({
      atMs: fleet.atMs,
      causes: fleet.causes.all.map(({ card }) => card),
    }));

    scope.get('/api/vedette/fleet/groups', async (request): Promise<FleetGroupsAnswer> => {
      const by = oneOf(request.query, 'by') ?? 'site';
      if (!isGroupsBy(by)) throw badParameter('by', `must be one of ${GROUPS_BY.join(', ')}`);
      return groupsOf(fleet.entries(), by);
    });

    scope.get('/api/vedette/fleet/cameras/:id', async (request, reply): Promise<CameraAnswer> => {
      const entry = entryOf(request.params);
      const passport = await passports.of(entry.id, clientSignal(reply));
      return cameraAnswer(fleet, entry, probes, passport);
    });

    scope.get('/api/vedette/fleet/cameras/:id/events', async (request, reply): Promise<CameraEventsAnswer> => {
      const entry = entryOf(request.params);
      const window = windowOf(request.query, clock.now(), {
        defaultMs: EVENTS_WINDOW_DEFAULT_MS,
        maxMs: EVENTS_WINDOW_MAX_MS,
      });
      const limit = wholeOf(request.query, 'limit', 1, EVENTS_MAX) ?? EVENTS_DEFAULT;
      return { events: await readEvents(database, entry.id, { ...window, limit }, clientSignal(reply)) };
    });

    scope.get('/api/vedette/fleet/cameras/:id/ledger', async (request, reply): Promise<LedgerAnswer> => {
      const { watched } = entryOf(request.params);
      const nowMs = clock.now();
      const window = windowOf(request.query, nowMs, {
        defaultMs: LEDGER_WINDOW_DEFAULT_MS,
        maxMs: LEDGER_WINDOW_MAX_MS,
      });
      const { camera } = watched;
      const gapMs = deps.recordingGapMs(camera.class);
      return readLedger(deps, camera, window, { nowMs, gapMs }, clientSignal(reply));
    });
  };
}

function isGroupsBy(text: string): text is GroupsBy {
  return (GROUPS_BY as readonly string[]).includes(text);
}
