import type { CameraState } from '@vedette/wire/http';
import type { FleetQuery } from '../routes.ts';
import { readState } from './states.ts';
import type { WallCamera, WallState } from './wall-state.ts';

/** What the wall can be grouped by; '' is one group of all. */
export type Grouping = 'site' | 'recorder' | 'switch' | 'model' | 'class' | '';

export const GROUPINGS: readonly { readonly value: Grouping; readonly label: string }[] = [
  { value: 'site', label: 'Site' },
  { value: 'recorder', label: 'Recorder' },
  { value: 'switch', label: 'Switch' },
  { value: 'model', label: 'Model' },
  { value: 'class', label: 'Class' },
  { value: '', label: 'Nothing' },
];

/** Fields that hold exactly one value when they are set. */
export const FACETS = ['site', 'recorder', 'switch', 'model', 'class', 'kind'] as const;
export type Facet = (typeof FACETS)[number];

export interface WallFilter {
  readonly q: string;
  /** Empty: all. */
  readonly states: ReadonlySet<CameraState>;
  readonly facets: Readonly<Partial<Record<Facet, string>>>;
  /** Id of a cause card. */
  readonly cause: string;
  readonly grouping: Grouping;
}

export function readFilter(search: URLSearchParams): WallFilter {
  const group = search.get('group') ?? 'site';
  const facets: Partial<Record<Facet, string>> = {};
  for (const facet of FACETS) {
    const value = search.get(facet);
    if (value !== null) facets[facet] = value;
  }
  return {
    q: search.get('q') ?? '',
    states: new Set(search.getAll('state').map((word) => readState(word))),
    facets,
    cause: search.get('cause') ?? '',
    grouping: group === 'none' ? '' : (GROUPINGS.find(({ value }) => value === group)?.value ?? 'site'),
  };
}

/** The same filter for an address, so that wall, list and plan lead to each other. */
export function filterQuery(search: URLSearchParams): FleetQuery {
  const one = (name: string): Record<string, string> => {
    const value = search.get(name);
    return value === null ? {} : { [name]: value };
  };
  return {
    ...Object.assign({}, ...['q', 'cause', 'group', ...FACETS].map((name) => one(name))),
    state: search.getAll('state'),
  } as FleetQuery;
}

export function isFiltered(filter: WallFilter): boolean {
  return (
    filter.q.trim() !== '' || filter.states.size > 0 || filter.cause !== '' || Object.keys(filter.facets).length > 0
  );
}

/** A test for everything but the state, so that the counts by state can be had in the same pass. */
export function matcherOf(filter: WallFilter, wall: WallState): (camera: WallCamera) => boolean {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const facets = Object.entries(filter.facets) as [Facet, string][];
  return (camera) => {
    for (const [facet, value] of facets) if (camera[facet] !== value) return false;
    if (filter.cause !== '' && wall.causeOf.get(camera.id)?.id !== filter.cause) return false;
    if (words.length === 0) return true;
    const text = textOf(camera);
    return words.every((word) => text.includes(word));
  };
}

/** Cameras are replaced when they change, so the text of one never grows stale. */
const texts = new WeakMap<WallCamera, string>();

function textOf(camera: WallCamera): string {
  const known = texts.get(camera);
  if (known !== undefined) return known;
  const { id, name, site, recorder, switch: port, model, class: kind, reason, state } = camera;
  const text = [id, name, site, recorder, port, model, kind, reason, state].join('\n').toLowerCase();
  texts.set(camera, text);
  return text;
}
