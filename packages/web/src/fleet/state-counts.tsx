import { CAMERA_STATES, type CameraState } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { StateMark } from './state-mark.tsx';
import { STATE_LOOKS, isTrouble } from './states.ts';

/** How many cameras are in which state; each is a filter. States that no camera is in are left out, unless they are chosen. */
export function StateCounts({
  counts,
  chosen,
  onChange,
}: {
  readonly counts: Readonly<Record<CameraState, number>>;
  readonly chosen: ReadonlySet<CameraState>;
  readonly onChange: (states: readonly CameraState[]) => void;
}): ReactNode {
  const shown = CAMERA_STATES.filter((state) => counts[state] > 0 || chosen.has(state) || state === 'ok');
  const toggle = (state: CameraState): void => {
    const next = new Set(chosen);
    if (!next.delete(state)) next.add(state);
    onChange([...next]);
  };
  const troubled = CAMERA_STATES.filter(isTrouble).reduce((sum, state) => sum + counts[state], 0);
  const troubleChosen = chosen.size > 0 && CAMERA_STATES.every((state) => chosen.has(state) === isTrouble(state));
  return (
    <div role="group" aria-label="Cameras by state" className="flex flex-wrap items-center gap-1.5">
      {troubled > 0 ? (
        <CountButton
          pressed={troubleChosen}
          onClick={() => onChange(troubleChosen ? [] : CAMERA_STATES.filter(isTrouble))}
          title="Every state that someone must look at"
        >
          <span className="num font-semibold">{troubled}</span> in trouble
        </CountButton>
      ) : null}
      {shown.map((state) => (
        <CountButton
          key={state}
          pressed={chosen.has(state)}
          onClick={() => toggle(state)}
          title={`${STATE_LOOKS[state].label}: ${STATE_LOOKS[state].meaning}`}
        >
          <StateMark state={state} size={14} />
          <span className="num font-semibold">{counts[state]}</span>
          <span className="text-ink2">{STATE_LOOKS[state].label}</span>
        </CountButton>
      ))}
    </div>
  );
}

function CountButton({
  pressed,
  onClick,
  title,
  children,
}: {
  readonly pressed: boolean;
  readonly onClick: () => void;
  readonly title: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      title={title}
      onClick={onClick}
      className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line bg-surface px-2 whitespace-nowrap hover:bg-raised aria-pressed:border-accent aria-pressed:bg-accent-soft"
    >
      {children}
    </button>
  );
}
