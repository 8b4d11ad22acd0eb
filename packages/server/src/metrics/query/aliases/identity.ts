import { type Labels, METRIC_NAME } from '../../../model/labels.ts';

export const BOUND = 'le';

/** What tells one source of a figure from another, and not one thing from another. */
const SOURCE_LABELS = ['job', 'instance'];
/** Names that mean one thing in a whole fleet, wherever it is measured. */
const FLEET_WIDE = new Set(['camera_id', 'camera', 'host', 'hostname', 'Hostname', 'node', 'uuid', 'UUID']);
/** A GPU's own number, or that of a part of one, under whatever label. */
const GPU_UUID = /^(?:GPU|MIG)-/;

/**
 * Equal for series of two sources that are the same figure of the same thing: all labels but `job` and `instance`. Disk `sda` and GPU `0`
 * are other things on each host, so without a label that means one thing in the whole fleet the host of `instance` counts too.
 */
export function identity(labels: Labels): string {
  return isBucket(labels)
    ? `${histogramIdentity(labels)}${sameBound(labels.get(BOUND))}`
    : `${labels.without(...SOURCE_LABELS).key}${place(labels)}`;
}

/** Equal for buckets of one classic histogram. */
export function histogramIdentity(labels: Labels): string {
  return `${labels.without(...SOURCE_LABELS, BOUND).key}${place(labels)}\n`;
}

export function isBucket(labels: Labels): boolean {
  return labels.get(METRIC_NAME).endsWith('_bucket') && labels.get(BOUND) !== '';
}

/** `1` and `1.0` are one bound, and so is `1.0000000000000002` out of a multiplication. */
function sameBound(bound: string): string {
  const value = Number(bound);
  return Number.isFinite(value) ? String(Number(value.toPrecision(15))) : bound;
}

function place(labels: Labels): string {
  for (const [name, value] of labels) if (FLEET_WIDE.has(name) || GPU_UUID.test(value)) return '';
  return `\n${labels.get('instance').replace(/:\d+$/, '')}`;
}
