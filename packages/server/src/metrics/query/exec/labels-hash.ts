import type { Labels } from '../../../model/labels.ts';

/** A number in [0, 1) that depends on the label set alone (FNV-1a over its key, then mixed). */
export function labelsHash(labels: Labels): number {
  let hash = 0x811c9dc5;
  const { key } = labels;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x846ca68b);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 4294967296;
}
