import type { Camera, CameraState } from '@vedette/wire/http';
import { rankOf } from '../states.ts';

/** A camera with a place: in fractions of the plan's width and height. */
export interface PlacedCamera {
  readonly id: string;
  readonly name: string;
  readonly state: CameraState;
  readonly x: number;
  readonly y: number;
}

export interface MapExtent {
  /** Width over height of the ground that is shown. */
  readonly aspect: number;
  /** Metres from left to right. */
  readonly widthMetres: number;
}

/** Cameras at one place (or a single one) still get some ground around them. */
const SPAN_METRES_MIN = 100;
const MARGIN = 0.06;
const METRES_PER_DEGREE = 111_320;

/**
 * Coordinates onto a flat plan with north up: degrees of longitude shrink with the cosine of the middle latitude. Right to a fraction of a
 * percent for a city; no map is needed for "which corner is dark".
 */
export function projectCoordinates(
  cameras: readonly Camera[],
): { readonly places: ReadonlyMap<string, { x: number; y: number }>; readonly extent: MapExtent } | null {
  const placed = cameras.flatMap(({ id, coordinates }) => (coordinates ? [{ id, ...coordinates }] : []));
  if (placed.length === 0) return null;
  const bounds = { south: 90, north: -90, west: 180, east: -180 };
  for (const { latitude, longitude } of placed) {
    bounds.south = Math.min(bounds.south, latitude);
    bounds.north = Math.max(bounds.north, latitude);
    bounds.west = Math.min(bounds.west, longitude);
    bounds.east = Math.max(bounds.east, longitude);
  }
  const middle = { latitude: (bounds.south + bounds.north) / 2, longitude: (bounds.west + bounds.east) / 2 };
  const perLongitude = METRES_PER_DEGREE * Math.max(0.01, Math.cos((middle.latitude * Math.PI) / 180));
  const width = Math.max(SPAN_METRES_MIN, (bounds.east - bounds.west) * perLongitude) * (1 + 2 * MARGIN);
  const height = Math.max(SPAN_METRES_MIN, (bounds.north - bounds.south) * METRES_PER_DEGREE) * (1 + 2 * MARGIN);
  const places = new Map(
    placed.map(({ id, latitude, longitude }) => [
      id,
      {
        x: 0.5 + ((longitude - middle.longitude) * perLongitude) / width,
        y: 0.5 - ((latitude - middle.latitude) * METRES_PER_DEGREE) / height,
      },
    ]),
  );
  return { places, extent: { aspect: width / height, widthMetres: width } };
}

export interface Cluster {
  readonly x: number;
  readonly y: number;
  /** The worst first. */
  readonly cameras: readonly PlacedCamera[];
}

/** Cameras nearer to each other than a mark is large become one mark with a number. Sizes in pixels of the whole plan and of a mark. */
export function clusterPlaces(
  cameras: readonly PlacedCamera[],
  size: { readonly width: number; readonly height: number },
  mark: { readonly width: number; readonly height: number },
): readonly Cluster[] {
  const cells = new Map<string, PlacedCamera[]>();
  for (const camera of cameras) {
    const column = Math.floor((camera.x * size.width) / mark.width);
    const key = `${column} ${Math.floor((camera.y * size.height) / mark.height)}`;
    const cell = cells.get(key);
    if (cell) cell.push(camera);
    else cells.set(key, [camera]);
  }
  return [...cells.values()].map((cell) => ({
    x: cell.reduce((sum, { x }) => sum + x, 0) / cell.length,
    y: cell.reduce((sum, { y }) => sum + y, 0) / cell.length,
    cameras: cell.toSorted((a, b) => rankOf(a.state) - rankOf(b.state)),
  }));
}

/** A round length for a scale bar of at most that many metres: 1, 2 or 5 times a power of ten. */
export function scaleBarMetres(metresMax: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, metresMax)));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= metresMax) ?? power;
}
