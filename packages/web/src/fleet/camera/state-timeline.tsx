import type { CameraEvent, CameraStatus } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { cameraEvents } from '../../api/fleet.ts';
import { pollFailure } from '../../api/words.ts';
import { useSize } from '../../charts/use-size.ts';
import { wordsForDuration } from '../../time/duration.ts';
import { formatTime } from '../../time/range.ts';
import { useTime } from '../../time/time-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Polled } from '../../ui/polled.tsx';
import { Section } from '../section.tsx';
import { StateWord } from '../state-mark.tsx';
import { STATE_LOOKS, type StateLook, isTrouble } from '../states.ts';
import { type Stretch, stretchesOf } from './timeline.ts';

const ROWS_FIRST = 6;
/** More rows are found by choosing a shorter range. */
const ROWS_MAX = 200;
const TICKS = 6;
/** Width of a letter of a stretch's word. */
const LETTER_PX = 8;

/** Which states the camera was in over the page's range, and why. */
export function StateTimeline({ status }: { readonly status: CameraStatus }): ReactNode {
  const { range } = useTime();
  const asked = useQuery({
    queryKey: ['camera-events', status.id, range.fromMs, range.toMs],
    queryFn: ({ signal }) => cameraEvents(status.id, range, signal),
    placeholderData: (before) => before,
  });
  return (
    <Section title="States">
      <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
        {({ events }) => {
          const current = { ...status, reason: status.troubles[0]?.reason ?? '' };
          const stretches = stretchesOf(events, current, range);
          return (
            <>
              <Strip stretches={stretches} fromMs={range.fromMs} toMs={range.toMs} />
              <Changes events={events} toMs={range.toMs} />
            </>
          );
        }}
      </Polled>
    </Section>
  );
}

function fill({ state }: Stretch): string {
  const { tone } = STATE_LOOKS[state];
  if (tone === 'bad') return 'bg-bad text-surface';
  if (tone === 'warn') return 'bg-warn text-surface';
  // Stripes: neither well nor in trouble.
  if (state !== 'ok') return 'striped text-ink2';
  return 'bg-(--wall-tile) text-ink2';
}

function Strip({
  stretches,
  fromMs,
  toMs,
}: {
  readonly stretches: readonly Stretch[];
  readonly fromMs: number;
  readonly toMs: number;
}): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const span = toMs - fromMs;
  const percent = (ms: number): number => ((ms - fromMs) / span) * 100;
  const troubled = stretches.filter(({ state }) => isTrouble(state)).reduce((sum, s) => sum + s.toMs - s.fromMs, 0);
  return (
    <figure>
      <div
        ref={host}
        role="img"
        aria-label={`States over the chosen range: in trouble for ${wordsForDuration(troubled)} of ${wordsForDuration(span)}. The table below lists every change.`}
        className="relative h-8 overflow-hidden rounded border border-line"
      >
        {stretches.map((stretch) => {
          const width = percent(stretch.toMs) - percent(stretch.fromMs);
          const look = STATE_LOOKS[stretch.state];
          const length = wordsForDuration(stretch.toMs - stretch.fromMs);
          return (
            <div
              key={`${stretch.fromMs} ${stretch.state}`}
              title={`${look.label} for ${length} from ${formatTime(stretch.fromMs)}${stretch.reason ? `\n${stretch.reason}` : ''}`}
              className={`absolute inset-y-0 flex min-w-px items-center justify-center overflow-hidden text-[11px] font-semibold ${fill(stretch)}`}
              style={{ left: `${percent(stretch.fromMs)}%`, width: `${width}%` }}
            >
              {fitting((width / 100) * size.width, look)}
            </div>
          );
        })}
      </div>
      <figcaption aria-hidden="true" className="num relative mt-0.5 flex justify-between text-[11px] text-ink3">
        {Array.from({ length: TICKS }, (_, i) => {
          const text = formatTime(fromMs + (span * i) / (TICKS - 1));
          return <span key={text}>{span > 2 * 86_400_000 ? text.slice(5, 16) : text.slice(11, 16)}</span>;
        })}
      </figcaption>
    </figure>
  );
}

function fitting(widthPx: number, { label, letter }: StateLook): string {
  if (widthPx >= (label.length + 1) * LETTER_PX) return label;
  return widthPx >= 2 * LETTER_PX ? letter : '';
}

function Changes({ events, toMs }: { readonly events: readonly CameraEvent[]; readonly toMs: number }): ReactNode {
  const [whole, setWhole] = useState(false);
  if (events.length === 0) return <p className="text-ink2">No change in this range.</p>;
  const shown = events.slice(0, whole ? ROWS_MAX : ROWS_FIRST);
  return (
    <>
      <div className="overflow-x-auto">
        <table className="w-full">
          <thead className="text-left text-xs text-ink3">
            <tr>
              <th className="py-1 pr-4 font-medium">When</th>
              <th className="py-1 pr-4 font-medium">State</th>
              <th className="py-1 pr-4 font-medium">For</th>
              <th className="py-1 font-medium">Why</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((event, index) => (
              <tr key={`${event.atMs} ${event.to}`} className="border-t border-line/60 align-top">
                <td className="num py-1 pr-4 whitespace-nowrap">{formatTime(event.atMs)}</td>
                <td className="py-1 pr-4">
                  <StateWord state={event.to} />
                </td>
                <td className="num py-1 pr-4 whitespace-nowrap text-ink2">
                  {wordsForDuration((events[index - 1]?.atMs ?? Math.max(toMs, event.atMs)) - event.atMs)}
                </td>
                <td className="min-w-48 py-1">{event.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {events.length > ROWS_FIRST ? (
        <p>
          <Button look="plain" onClick={() => setWhole(!whole)}>
            {whole ? 'Show fewer' : `Show all ${Math.min(events.length, ROWS_MAX)} changes`}
          </Button>
        </p>
      ) : null}
    </>
  );
}
