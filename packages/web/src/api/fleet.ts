import type {
  CameraAnswer,
  CameraCreate,
  CameraEventsAnswer,
  CameraPatch,
  CameraSaved,
  CamerasAnswer,
  DiscoveryJob,
  DiscoveryRequest,
  ImportStatus,
  ImportsAnswer,
  InventoryEntry,
  InventoryProblemsAnswer,
  InventoryUploaded,
  LedgerAnswer,
  MaintenanceAnswer,
  MaintenancePlan,
  PlannedMaintenance,
  SitePlansAnswer,
  WallAnswer,
} from '@vedette/wire/http';
import { ApiError, getJson, sendFile, sendJson } from './client.ts';

const ROOT = '/api/vedette/fleet';

/** All cameras in columns, or those that changed since that version. */
export async function fleetWall(since: number | undefined, signal: AbortSignal): Promise<WallAnswer> {
  return (await getJson(`${ROOT}/wall${since === undefined ? '' : `?since=${since}`}`, signal)) as WallAnswer;
}

export async function fleetCameras(signal?: AbortSignal): Promise<CamerasAnswer> {
  return (await getJson(`${ROOT}/cameras`, signal)) as CamerasAnswer;
}

const cameraPath = (id: string): string => `${ROOT}/cameras/${encodeURIComponent(id)}`;

export async function fleetCamera(id: string, signal?: AbortSignal): Promise<CameraAnswer> {
  return (await getJson(cameraPath(id), signal)) as CameraAnswer;
}

export interface FleetWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** RFC 3339: the fleet's addresses take times as people write them. */
const windowSearch = ({ fromMs, toMs }: FleetWindow): string =>
  new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }).toString();

export async function cameraEvents(id: string, window: FleetWindow, signal?: AbortSignal): Promise<CameraEventsAnswer> {
  return (await getJson(`${cameraPath(id)}/events?${windowSearch(window)}`, signal)) as CameraEventsAnswer;
}

export async function cameraLedger(id: string, window: FleetWindow, signal?: AbortSignal): Promise<LedgerAnswer> {
  return (await getJson(`${cameraPath(id)}/ledger?${windowSearch(window)}`, signal)) as LedgerAnswer;
}

export async function inventoryEntry(id: string, signal?: AbortSignal): Promise<InventoryEntry> {
  return (await getJson(`${ROOT}/inventory/cameras/${encodeURIComponent(id)}`, signal)) as InventoryEntry;
}

export async function createCamera(camera: CameraCreate): Promise<CameraSaved> {
  return (await sendJson('POST', `${ROOT}/cameras`, camera)) as CameraSaved;
}

export async function changeCamera(id: string, patch: CameraPatch): Promise<CameraSaved> {
  return (await sendJson('PATCH', cameraPath(id), patch)) as CameraSaved;
}

export async function deleteCamera(id: string, revision: number): Promise<void> {
  await sendJson('DELETE', `${cameraPath(id)}?revision=${revision}`);
}

export async function inventoryProblems(signal?: AbortSignal): Promise<InventoryProblemsAnswer> {
  return (await getJson(`${ROOT}/inventory/problems`, signal)) as InventoryProblemsAnswer;
}

export async function inventoryImports(signal?: AbortSignal): Promise<ImportsAnswer> {
  return (await getJson(`${ROOT}/inventory/imports`, signal)) as ImportsAnswer;
}

export async function runImport(name: string): Promise<ImportStatus> {
  return (await sendJson('POST', `${ROOT}/inventory/imports/${encodeURIComponent(name)}/run`)) as ImportStatus;
}

export async function uploadInventory(file: Blob, dryRun: boolean): Promise<InventoryUploaded> {
  return (await sendFile('POST', `${ROOT}/inventory/upload?dry_run=${dryRun}`, file)) as InventoryUploaded;
}

/** The newest discovery; null when there was none. */
export async function discoveryJob(signal?: AbortSignal): Promise<DiscoveryJob | null> {
  try {
    return (await getJson(`${ROOT}/discovery`, signal)) as DiscoveryJob;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export async function startDiscovery(request: DiscoveryRequest): Promise<DiscoveryJob> {
  return (await sendJson('POST', `${ROOT}/discovery`, request)) as DiscoveryJob;
}

export async function stopDiscovery(): Promise<void> {
  await sendJson('DELETE', `${ROOT}/discovery`);
}

export async function maintenanceWindows(signal?: AbortSignal): Promise<MaintenanceAnswer> {
  return (await getJson(`${ROOT}/maintenance`, signal)) as MaintenanceAnswer;
}

export async function planMaintenance(plan: MaintenancePlan): Promise<PlannedMaintenance> {
  return (await sendJson('POST', `${ROOT}/maintenance`, plan)) as PlannedMaintenance;
}

export async function endMaintenance(id: string): Promise<void> {
  await sendJson('DELETE', `${ROOT}/maintenance/${encodeURIComponent(id)}`);
}

export async function sitePlans(signal?: AbortSignal): Promise<SitePlansAnswer> {
  return (await getJson(`${ROOT}/plans`, signal)) as SitePlansAnswer;
}

const planPath = (site: string): string => `${ROOT}/plans/${encodeURIComponent(site)}`;

export async function savePlan(site: string, picture: Blob): Promise<void> {
  await sendFile('PUT', planPath(site), picture);
}

export async function deletePlan(site: string): Promise<void> {
  await sendJson('DELETE', planPath(site));
}
