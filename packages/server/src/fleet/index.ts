/**
 * The fleet: which cameras there are (inventory/), and what is known about them. `app` opens the rooms and mounts their plugins.
 */
export type { FindDevices, FindRequest, FoundDevice, FoundStream, Inventory, ProbeViews } from './ports.ts';
export { type CheckedInventory, checkInventory } from './inventory/check-inventory.ts';
export { type InventoryConfig, inventoryConfigSchema } from './inventory/config.ts';
export type { InventoryDeps, InventoryOptions, InventoryRoom } from './inventory/room.ts';
export {
  type FleetHealth,
  type FleetHealthDeps,
  type FleetHealthOptions,
  type HealthSettings,
  healthConfigSchema,
  openHealth,
} from './health/index.ts';
export { openInventory } from './inventory/open-inventory.ts';
