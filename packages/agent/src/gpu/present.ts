import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CARD_VENDORS } from './sysfs/cards.ts';
import { JETSON_LOADS } from './sysfs/jetson.ts';

/** Whether there is a GPU here that can be read: an nvidia-smi among `path`'s folders, or a card that the kernel tells about. */
export function hasGpu(path: string, root = '/'): boolean {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  if (folders.some((folder) => existsSync(join(folder, 'nvidia-smi')))) return true;
  if (JETSON_LOADS.some((load) => existsSync(join(root, load)))) return true;
  const cards = join(root, 'sys/class/drm');
  if (!existsSync(cards)) return false;
  return readdirSync(cards).some((card) => {
    const vendor = join(cards, card, 'device/vendor');
    return /^card\d{1,3}$/.test(card) && existsSync(vendor) && CARD_VENDORS.has(readFileSync(vendor, 'utf8').trim());
  });
}
