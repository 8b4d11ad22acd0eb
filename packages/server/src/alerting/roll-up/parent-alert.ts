import { type Labels, compareCodeUnits } from '../../model/labels.ts';
import { commonLabels } from '../escalation/derived-alert.ts';
import type { TopologyNode } from '../ports.ts';
import type { Affected, RollUpSettings } from './roll-up.ts';

const NAMED_MAX = 10;

/**
 * What its children have in common, so that it takes their route; itself and what it hangs on by name; `roll_up` with its level; and
 * the worst severity among the children, unless the configuration says one.
 */
export function parentLabels(
  node: TopologyNode,
  alerts: readonly Affected[],
  { config, topology, severities, severityLabel }: RollUpSettings,
): Labels {
  const [first] = alerts;
  let labels = commonLabels(alerts.map(({ alert }) => alert)).without(config.child);
  const above = first ? topology.parentsOf(first.alert.labels) : [];
  const own = above.findIndex(({ level }) => level === node.level);
  for (const parent of above.slice(own)) labels = labels.with(parent.level, parent.name);
  const worst = alerts
    .map(({ alert }) => alert.labels.get(severityLabel))
    .sort((a, b) => severities.indexOf(b) - severities.indexOf(a))[0];
  return labels
    .with(node.level, node.name)
    .with('alertname', config.alertname)
    .with('roll_up', node.level)
    .with(severityLabel, config.severity ?? worst ?? '');
}

/** `switch SW-3: 38 of 40`, who is affected, and who is not. */
export function parentAnnotations(
  node: TopologyNode,
  things: ReadonlySet<string>,
  alerts: readonly Affected[],
  { config, topology }: RollUpSettings,
): Record<string, string> {
  const all = topology.childCount(node);
  const names = new Set(alerts.map(({ alert }) => alert.labels.get('alertname')).filter((name) => name !== ''));
  const spared = [...topology.childrenOf(node)].filter((name) => !things.has(name));
  return {
    summary: `${node.level} ${node.name}: ${countOf(things.size, all)} ${config.child} affected`,
    description: [
      `Affected: ${listed([...things])}.`,
      ...(spared.length > 0 && all !== undefined ? [`Not affected: ${listed(spared)}.`] : []),
      `Their alerts: ${listed([...names])}.`,
    ].join('\n'),
  };
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.toSorted(compareCodeUnits).slice(0, NAMED_MAX).join(', ');
  return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
}

/** `38 of 40`, or `38` where nobody knows how many there are. */
export function countOf(affected: number, all: number | undefined): string {
  return all === undefined ? `${affected}` : `${affected} of ${all}`;
}
