/** Every address of the application is built here and every link goes through it. */

export interface TimeQuery {
  readonly from?: string;
  readonly to?: string;
  readonly refresh?: string;
}

export interface ExploreQuery extends TimeQuery {
  readonly queries?: readonly string[];
  readonly instant?: boolean;
}

export type AlertsView = 'active' | 'silences' | 'rules' | 'routing' | 'history' | 'noise' | 'receivers';
export type FleetView = 'wall' | 'list' | 'plan' | 'inventory';
export type StatusView = 'targets' | 'storage' | 'ingestion' | 'cardinality' | 'build';

/** What the wall, its list and the plan show; each name is one of the address. */
export interface FleetQuery {
  readonly q?: string;
  readonly state?: readonly string[];
  readonly site?: string;
  readonly recorder?: string;
  readonly switch?: string;
  readonly model?: string;
  readonly class?: string;
  readonly kind?: string;
  /** Id of a cause card. */
  readonly cause?: string;
  readonly group?: string;
}

type Parameter = readonly [name: string, value: string | undefined];

function address(pathname: string, parameters: readonly Parameter[] = []): string {
  const search = new URLSearchParams();
  for (const [name, value] of parameters) if (value !== undefined && value !== '') search.append(name, value);
  const text = search.toString();
  return text === '' ? pathname : `${pathname}?${text}`;
}

const time = (query: TimeQuery): Parameter[] => [
  ['from', query.from],
  ['to', query.to],
  ['refresh', query.refresh],
];

export const routes = {
  home: () => '/',
  fleet: (view: FleetView = 'wall', query: FleetQuery = {}) =>
    address(`/cameras/${view}`, [
      ...(['q', 'site', 'recorder', 'switch', 'model', 'class', 'kind', 'cause', 'group'] as const).map(
        (name): Parameter => [name, query[name]],
      ),
      ...(query.state ?? []).map((state): Parameter => ['state', state]),
    ]),
  camera: (id: string, query: TimeQuery = {}) => address(`/cameras/camera/${encodeURIComponent(id)}`, time(query)),
  /** The list of the inventory, or the form for one camera of it. */
  inventory: (query: { readonly q?: string; readonly edit?: string; readonly fresh?: string } = {}) =>
    address('/cameras/inventory', [
      ['q', query.q],
      ['edit', query.edit],
      ['fresh', query.fresh],
    ]),
  dashboards: (query: { readonly q?: string; readonly tag?: string } = {}) =>
    address('/d', [
      ['q', query.q],
      ['tag', query.tag],
    ]),
  dashboard: (uid: string, query: TimeQuery & { readonly viewPanel?: string } = {}) =>
    address(`/d/${encodeURIComponent(uid)}`, [...time(query), ['viewPanel', query.viewPanel]]),
  explore: (query: ExploreQuery = {}) =>
    address('/explore/metrics', [
      ...(query.queries ?? []).map((text): Parameter => ['q', text]),
      ['mode', query.instant ? 'instant' : undefined],
      ...time(query),
    ]),
  alerts: (view: AlertsView = 'active', query: { readonly q?: string; readonly state?: string } = {}) =>
    address(`/alerts/${view}`, [
      ['q', query.q],
      ['state', query.state],
    ]),
  /** A new silence for these matchers, or the one to look at. */
  silences: (query: { readonly silence?: string; readonly fresh?: string; readonly q?: string } = {}) =>
    address('/alerts/silences', [
      ['silence', query.silence],
      ['fresh', query.fresh],
      ['q', query.q],
    ]),
  /** `expr` tells rules of one name in a group apart. */
  rule: (
    rule: {
      readonly file: string;
      readonly group: string;
      readonly name: string;
      readonly expr?: string | undefined;
    } & TimeQuery,
  ) =>
    address('/alerts/rule', [
      ['file', rule.file],
      ['group', rule.group],
      ['name', rule.name],
      ['expr', rule.expr],
      ...time(rule),
    ]),
  routing: (query: { readonly labels?: string; readonly at?: string } = {}) =>
    address('/alerts/routing', [
      ['labels', query.labels],
      ['at', query.at],
    ]),
  alertHistory: (query: TimeQuery & { readonly matchers?: string; readonly state?: string } = {}) =>
    address('/alerts/history', [['matchers', query.matchers], ['state', query.state], ...time(query)]),
  status: (view: StatusView = 'targets', query: { readonly q?: string; readonly health?: string } = {}) =>
    address(`/status/${view}`, [
      ['q', query.q],
      ['health', query.health],
    ]),
} as const;

/** What the router matches; the same addresses as above, with names for the parts that vary. */
export const patterns = {
  home: '/',
  camera: '/cameras/camera/:id',
  fleet: '/cameras/:view?',
  dashboards: '/d',
  dashboard: '/d/:uid/:slug?',
  explore: '/explore/:signal?',
  alerts: '/alerts/:view?',
  status: '/status/:view?',
} as const;

/** The dashboard that the home page opens when it exists. */
export const HOST_DASHBOARD_UID = 'vedette-host';
