import type { Labels } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import type { RouteNode } from '../config/model.ts';

/**
 * The routes an alert takes, depth first and from left to right: of each matching branch the deepest routes; siblings after a
 * match only when it says `continue`. At least the root. Source: Alertmanager documentation, `<route>`.
 */
export function matchRoutes(root: RouteNode, labels: Labels): readonly RouteNode[] {
  const found: RouteNode[] = [];
  collect(root, labels, found);
  return found;
}

/** True when the route, or one below it, matched. */
function collect(route: RouteNode, labels: Labels, found: RouteNode[]): boolean {
  if (!matchesAll(route.matchers, labels)) return false;
  const before = found.length;
  const { routes } = route;
  for (let i = 0; i < routes.length; i++) {
    const inner = routes[i] as RouteNode;
    if (collect(inner, labels, found) && !inner.continue) break;
  }
  if (found.length === before) found.push(route);
  return true;
}

/** The route itself, and all below it, parents first. */
export function* eachRoute(route: RouteNode): IterableIterator<RouteNode> {
  yield route;
  for (const inner of route.routes) yield* eachRoute(inner);
}

export function countRoutes(root: RouteNode): number {
  return root.routes.reduce((count, inner) => count + countRoutes(inner), 1);
}
