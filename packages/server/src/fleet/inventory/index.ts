// In: inventory files, edits over the API, and what recorders say. Out: the cameras there are, each field with the place that says so, and
// notice of every change.
export { type CheckedInventory, checkInventory } from './check-inventory.ts';
export { type InventoryConfig, inventoryConfigSchema } from './config.ts';
export { openInventory } from './open-inventory.ts';
export type { InventoryDeps, InventoryOptions, InventoryRoom } from './room.ts';
