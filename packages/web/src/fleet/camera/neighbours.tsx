import type { Camera, CameraAnswer } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../../routes.ts';
import { Section } from '../section.tsx';
import { StateMark } from '../state-mark.tsx';
import { STATE_LOOKS, isTrouble, rankOf } from '../states.ts';

/** A switch has 48 ports at most; a bad inventory may say more. */
const SHOWN_MAX = 96;

/** The other cameras on the same switch, else recorder: one in trouble is the camera's, all in trouble is the switch's. */
export function Neighbours({
  camera,
  neighbours,
}: {
  readonly camera: Camera;
  readonly neighbours: CameraAnswer['neighbours'];
}): ReactNode {
  // As the server chooses them.
  const by = camera.switch === undefined ? 'recorder' : 'switch';
  const name = camera[by];
  if (name === undefined) {
    return (
      <Section title="Neighbours">
        <p className="text-ink2">
          The inventory names neither switch nor recorder of this camera. With them, an outage of theirs is told from
          one of the camera.
        </p>
      </Section>
    );
  }
  const troubled = neighbours.filter(({ state }) => isTrouble(state)).length;
  const ordered = neighbours.toSorted((a, b) => rankOf(a.state) - rankOf(b.state)).slice(0, SHOWN_MAX);
  return (
    <Section
      title={`Neighbours on ${by} ${name}`}
      controls={
        <Link href={routes.fleet('wall', { [by]: name })} className="text-xs text-accent underline">
          Wall of this {by}
        </Link>
      }
    >
      <p className="text-ink2">
        {neighbours.length === 0
          ? `No other camera is on this ${by}.`
          : troubled === 0
            ? `All ${neighbours.length} others are well: look at the camera, its cable or its port${camera.port === undefined ? '' : ` (${camera.port})`} first.`
            : `${troubled} of ${neighbours.length} others ${troubled === 1 ? 'is' : 'are'} in trouble, too.`}
      </p>
      <ul className="flex flex-wrap gap-1.5">
        {ordered.map((neighbour) => (
          <li key={neighbour.id}>
            <Link
              href={routes.camera(neighbour.id)}
              title={STATE_LOOKS[neighbour.state].label}
              className="inline-flex h-7 items-center gap-1.5 rounded border border-line bg-raised px-2 text-xs hover:border-ink3"
            >
              <StateMark state={neighbour.state} size={12} />
              <span className="sr-only">{STATE_LOOKS[neighbour.state].label}</span>
              {neighbour.name ?? neighbour.id}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
