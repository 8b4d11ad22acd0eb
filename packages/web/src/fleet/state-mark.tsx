import type { CameraState } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import type { Tone } from '../ui/badge.tsx';
import { STATE_LOOKS } from './states.ts';

const FILL: Readonly<Record<Tone, string>> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  muted: 'text-ink3',
  accent: 'text-accent',
};

/** The shape and letter of a state, as the wall draws it. Stands beside a word; hidden from screen readers. */
export function StateMark({ state, size = 16 }: { readonly state: CameraState; readonly size?: number }): ReactNode {
  const look = STATE_LOOKS[state];
  if (look.shape === '') {
    return (
      <svg aria-hidden="true" className="shrink-0 text-ink3/40" width={size} height={size} viewBox="0 0 16 16">
        <rect x={2} y={2} width={12} height={12} rx={2} fill="currentColor" />
      </svg>
    );
  }
  const outlined = look.tone === 'muted';
  return (
    <svg aria-hidden="true" className={`shrink-0 ${FILL[look.tone]}`} width={size} height={size} viewBox="-1 -1 18 18">
      <path
        d={look.shape}
        fill={outlined ? 'none' : 'currentColor'}
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      <text
        x={8}
        y={state === 'degraded' ? 13 : 12}
        textAnchor="middle"
        className="font-sans font-bold"
        fontSize={10.5}
        fill={outlined ? 'currentColor' : 'var(--surface)'}
      >
        {look.letter}
      </text>
    </svg>
  );
}

/** A state in shape, letter and words. */
export function StateWord({ state }: { readonly state: CameraState }): ReactNode {
  const look = STATE_LOOKS[state];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StateMark state={state} />
      <span className={look.tone === 'muted' ? 'text-ink2' : FILL[look.tone]}>{look.label}</span>
    </span>
  );
}
