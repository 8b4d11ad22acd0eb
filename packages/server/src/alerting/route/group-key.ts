import type { Labels } from '../../model/labels.ts';
import { quote } from '../../template/index.ts';
import type { RouteNode } from '../config/model.ts';

/** The labels that alerts of one group share. A label of group_by that the alert does not have is left out. */
export function groupLabelsOf({ groupBy, groupByAll }: RouteNode, labels: Labels): Labels {
  return groupByAll ? labels : labels.only(...groupBy);
}

/** As Alertmanager writes it: the matchers of the routes on the way, a colon, the group's labels. */
export function groupKeyOf({ key }: RouteNode, { pairs }: Labels): string {
  let written = '';
  for (let i = 0; i < pairs.length; i += 2)
    written += `${i === 0 ? '' : ', '}${pairs[i]}=${quote(pairs[i + 1] as string)}`;
  return `${key}:{${written}}`;
}
