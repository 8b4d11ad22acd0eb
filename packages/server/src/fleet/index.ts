/**
 * The fleet: which cameras there are (inventory/), and what is known about them. `app` opens the rooms and mounts their plugins.
 */
export type { FindDevices, FindRequest, FoundDevice, FoundStream, Inventory, ProbeViews } from './ports.ts';
export {
  type CheckedInventory,
  type InventoryConfig,
  type InventoryDeps,
  type InventoryOptions,
  type InventoryRoom,
  checkInventory,
  inventoryConfigSchema,
  openInventory,
} from './inventory/index.ts';
export {
  type FleetHealth,
  type FleetHealthDeps,
  type FleetHealthOptions,
  type HealthSettings,
  healthConfigSchema,
  openHealth,
} from './health/index.ts';
