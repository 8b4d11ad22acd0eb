import { VedetteError } from '../../base/errors.ts';
import type { RollUpConfig } from './config.ts';
import { readInventory } from './inventory.ts';
import { LabelTopology } from './topology.ts';

/** Reads the inventory where there is one. Throws CONFIG_UNREADABLE and CONFIG_INVALID. */
export function openTopology({ child, levels, inventory }: RollUpConfig): LabelTopology {
  if (inventory === undefined) return new LabelTopology(child, levels);
  const rows = readInventory(inventory);
  if (!rows.some((row) => (row[child] ?? '') !== ''))
    throw new VedetteError(
      'CONFIG_INVALID',
      `${inventory}: no row names a ${child}; the inventory needs a column "${child}" and one for each of ${levels.join(', ')}`,
    );
  return new LabelTopology(child, levels, rows);
}
