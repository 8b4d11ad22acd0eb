import type { Camera, SitePlan as PlanPicture } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useMemo } from 'react';
import { fleetCameras, sitePlans } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { useUrlState } from '../../time/url-state.ts';
import { Button } from '../../ui/button.tsx';
import { Choices, fieldClass } from '../../ui/field.tsx';
import { Polled } from '../../ui/polled.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { Arrangement } from '../arrange.ts';
import type { WallState } from '../wall-state.ts';
import { ArrangePlan } from './arrange-plan.tsx';
import { PlanPictureControls } from './plan-picture-controls.tsx';
import { PlanSurface } from './plan-surface.tsx';
import { type PlacedCamera, projectCoordinates } from './plan-places.ts';

/** Places change rarely; states come with the wall. */
const POLL_MS = 30_000;

const collator = new Intl.Collator(undefined, { numeric: true });

const COORDINATES = `cameras:
  - id: gate-1
    coordinates: { latitude: 53.5461, longitude: 9.9661 }`;

export interface SitePlanProps {
  readonly wall: WallState;
  readonly arrangement: Arrangement;
  /** Undefined: all sites, by their coordinates. */
  readonly site: string | undefined;
}

/** Cameras where they are: on the picture of a site, or by their coordinates with north up. */
export function SitePlan(props: SitePlanProps): ReactNode {
  const cameras = useQuery({
    queryKey: ['fleet-cameras'],
    queryFn: ({ signal }) => fleetCameras(signal),
    refetchInterval: POLL_MS,
  });
  const plans = useQuery({
    queryKey: ['fleet-plans'],
    queryFn: ({ signal }) => sitePlans(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={cameras.data} failure={pollFailure(cameras)} onRetry={() => void cameras.refetch()}>
      {({ cameras: known }) => (
        <Polled data={plans.data} failure={pollFailure(plans)} onRetry={() => void plans.refetch()}>
          {({ plans: pictures }) => <Places {...props} cameras={known} pictures={pictures} />}
        </Polled>
      )}
    </Polled>
  );
}

function Places({
  wall,
  arrangement,
  site,
  cameras,
  pictures,
}: SitePlanProps & {
  readonly cameras: readonly Camera[];
  readonly pictures: readonly PlanPicture[];
}): ReactNode {
  const { search, change } = useUrlState();
  const siteId = useId();
  const picture = pictures.find((candidate) => candidate.site === site);
  const onPicture = picture !== undefined && search.get('on') !== 'coordinates';
  const arranging = search.get('arrange') !== null && onPicture && site !== undefined;
  const byId = useMemo(() => new Map(cameras.map((camera) => [camera.id, camera])), [cameras]);
  const shown = arrangement.groups.flatMap((group) => group.cameras);
  const ofSite = useMemo(() => cameras.filter((camera) => site === undefined || camera.site === site), [cameras, site]);
  const projected = useMemo(() => projectCoordinates(ofSite), [ofSite]);
  const placed = shown.flatMap(({ id, name, state }): PlacedCamera[] => {
    const place = onPicture ? byId.get(id)?.plan : projected?.places.get(id);
    return place ? [{ id, name, state, x: place.x, y: place.y }] : [];
  });
  const sites = useMemo(
    () => [...new Set(wall.cameras.map((camera) => camera.site))].filter(Boolean).toSorted(collator.compare),
    [wall.cameras],
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <span className="inline-flex items-center gap-1.5">
          <label htmlFor={siteId} className="text-ink2">
            Site
          </label>
          <select
            id={siteId}
            value={site ?? ''}
            onChange={(event) => change({ site: event.target.value, on: null, arrange: null })}
            className={fieldClass}
          >
            <option value="">All, by coordinates</option>
            {sites.map((name) => (
              <option key={name} value={name}>
                {name}
                {pictures.some((candidate) => candidate.site === name) ? ' (picture)' : ''}
              </option>
            ))}
          </select>
        </span>
        {picture ? (
          <Choices
            label="Drawn on"
            value={onPicture ? 'picture' : 'coordinates'}
            onChange={(value) => change({ on: value === 'picture' ? null : value, arrange: null })}
            choices={[
              { value: 'picture', label: 'Picture' },
              { value: 'coordinates', label: 'Coordinates' },
            ]}
          />
        ) : null}
        {site === undefined ? null : <PlanPictureControls site={site} picture={picture} />}
        {onPicture ? (
          <Button aria-pressed={arranging} onClick={() => change({ arrange: arranging ? null : '1' })}>
            {arranging ? 'Done' : 'Arrange cameras'}
          </Button>
        ) : null}
        <span className="num text-ink2">
          {placed.length} of {shown.length} shown cameras have a place
        </span>
      </div>
      {arranging ? (
        <ArrangePlan picture={picture} cameras={ofSite} states={wall.cameras} />
      ) : placed.length === 0 ? (
        <NoPlaces site={site} picture={picture} />
      ) : (
        <PlanSurface
          key={`${site ?? ''} ${onPicture ? picture.url : 'coordinates'}`}
          cameras={placed}
          {...(onPicture
            ? { picture: picture.url, aspect: picture.width / Math.max(1, picture.height) }
            : { aspect: projected?.extent.aspect ?? 1, widthMetres: projected?.extent.widthMetres ?? 0 })}
        />
      )}
    </>
  );
}

function NoPlaces({
  site,
  picture,
}: {
  readonly site: string | undefined;
  readonly picture: PlanPicture | undefined;
}): ReactNode {
  if (picture) {
    return (
      <EmptyState icon="camera" title="No camera is on this picture yet">
        Choose “Arrange cameras” and put each one where it hangs.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="camera"
      title="No camera has a place"
      snippet={COORDINATES}
      snippetLabel="in the inventory file, or in the form of a camera"
    >
      Cameras are drawn by their coordinates, north up.{' '}
      {site === undefined
        ? 'Choose a site to upload a picture of it, and put cameras on that.'
        : 'Or upload a picture of this site, and put its cameras on that.'}
    </EmptyState>
  );
}
