import { CLASSES } from './field-readers.ts';
import { InventoryFiles } from './inventory-files.ts';
import { CAMERAS_MAX } from './limits.ts';
import { problemText } from './read-inventory.ts';
import { sharedAddresses } from './shared-addresses.ts';

export interface CheckedInventory {
  readonly cameras: number;
  /** With place and remedy; at most 500. */
  readonly problems: readonly string[];
  /** All of them. */
  readonly problemCount: number;
}

/** Inventory files as Vedette would read them, together: ids are unique over all of them. Never throws. */
export async function checkInventory(files: readonly string[], classes: readonly string[]): Promise<CheckedInventory> {
  const context = { classes: new Set([...CLASSES, ...classes]), environmentPrefix: '', credentialsFolder: undefined };
  const state = await new InventoryFiles({ paths: files, baseDirectory: process.cwd(), context }).refresh();
  const streams = [...state.entries.values()].flatMap(({ id, fields, place }) => {
    const main = fields['streams.main'] as { readonly url: string } | undefined;
    return main === undefined ? [] : [{ id, url: main.url, place }];
  });
  const problems = [...state.problems, ...sharedAddresses(streams)].map(problemText);
  if (state.entries.size > CAMERAS_MAX)
    problems.unshift(
      `${state.entries.size} cameras; at most ${CAMERAS_MAX} are watched, split the fleet over several Vedettes`,
    );
  return {
    cameras: state.entries.size,
    problems,
    problemCount: problems.length + state.problemCount - state.problems.length,
  };
}
