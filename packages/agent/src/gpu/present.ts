import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { readCards } from './sysfs/cards.ts';
import { readJetson } from './sysfs/jetson.ts';

/** Whether there is a GPU here that can be read: an nvidia-smi among `path`'s folders, or a card that the kernel tells about. */
export async function hasGpu(path: string, root = '/'): Promise<boolean> {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, 'nvidia-smi'), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (found.includes(true)) return true;
  return (await readCards(root)).length > 0 || (await readJetson(root)).length > 0;
}
