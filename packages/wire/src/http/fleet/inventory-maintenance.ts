import type { CameraSelection } from './inventory-changes.ts';

/** POST /api/vedette/fleet/maintenance. A selection by site (and so on) counts for cameras that come there later, too. */
export interface MaintenancePlan {
  readonly cameras: CameraSelection;
  /** RFC 3339; absent: now. */
  readonly from?: string;
  /** RFC 3339; or give `duration`. */
  readonly to?: string;
  /** Such as `2h`. */
  readonly duration?: string;
  readonly reason?: string;
}

/** POST answers one of these; DELETE /api/vedette/fleet/maintenance/:id ends one now, or drops it when it has not begun. */
export interface PlannedMaintenance {
  readonly id: string;
  readonly cameras: CameraSelection;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  readonly by: string;
  /** How many cameras it covers. */
  readonly count: number;
  readonly state: 'pending' | 'active' | 'ended';
}

/** GET /api/vedette/fleet/maintenance: newest start first. */
export interface MaintenanceAnswer {
  readonly windows: readonly PlannedMaintenance[];
}
