/** FNV-1a with a final mix: ids that differ in their last digit alone must not end up beside each other. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A share of 1 that stays with the id: 0 ≤ x < 1, evenly spread over many ids. */
export function shareOf(cameraId: string): number {
  return hashOf(cameraId) / 2 ** 32;
}

/** The first of the camera's slots after `afterMs`; slots are an interval apart and lie where its share of the interval is. */
export function slotAfter(afterMs: number, intervalMs: number, offsetMs: number): number {
  return (Math.floor((afterMs - offsetMs) / intervalMs) + 1) * intervalMs + offsetMs;
}
