import type { Labels } from '../../model/labels.ts';
import { quote } from '../../template/index.ts';
import type { RouteNode } from '../config/model.ts';

/** The labels that alerts of one group share. A label of group_by that the alert does not have is left out. */
export function groupLabelsOf({ groupBy, groupByAll }: RouteNode, labels: Labels): Labels {
  return groupByAll ? labels : labels.only(...groupBy);
}

/** As Alertmanager writes it: the matchers of the routes on the way, a colon, the group's labels. */
export function groupKeyOf({ key }: RouteNode, groupLabels: Labels): string {
  return `${key}:{${[...groupLabels].map(([name, value]) => `${name}=${quote(value)}`).join(', ')}}`;
}
