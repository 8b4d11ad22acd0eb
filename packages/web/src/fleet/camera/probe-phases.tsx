import type { ProbeView } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { wordsForDuration } from '../../time/duration.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Section } from '../section.tsx';
import { kindWords } from '../states.ts';

const PHASE_WORDS: Readonly<Record<string, string>> = {
  resolve: 'Name looked up',
  connect: 'Connected',
  tls: 'TLS agreed',
  options: 'Options asked',
  describe: 'Stream described',
  setup: 'Stream set up',
  play: 'Play accepted',
  first_packet: 'First packet',
  first_keyframe: 'First key frame',
  first_key_frame: 'First key frame',
  playlist: 'Playlist read',
  segment: 'Segment read',
  headers: 'Headers read',
  first_frame: 'First frame',
  teardown: 'Torn down',
};

function phaseWords(phase: string): string {
  return PHASE_WORDS[phase] ?? phase.replaceAll('_', ' ');
}

/** The newest probe: its verdict in words, and how long each phase took, one after the other. */
export function ProbePhases({ probe }: { readonly probe: ProbeView | undefined }): ReactNode {
  if (!probe) {
    return (
      <Section title="Newest probe">
        <p className="text-ink2">
          This camera was never probed from here: its health comes from what its recorder or a site agent says.
        </p>
      </Section>
    );
  }
  const total = probe.phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return (
    <Section
      title="Newest probe"
      controls={
        <span className="text-xs text-ink2">
          {probe.mode === 'full' ? 'full' : 'to the first key frame'} · <Ago ms={probe.atMs} />
          {probe.nextAtMs === undefined ? null : (
            <>
              {' '}
              · next <Ago ms={probe.nextAtMs} planned />
            </>
          )}
        </span>
      }
    >
      <p className="text-[15px] font-medium">{probe.verdict}</p>
      {probe.failure ? (
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone="bad">{kindWords(probe.failure.reason)}</Badge>
          <span className="min-w-0 break-words">
            {probe.failure.message} <span className="text-ink2">(in phase {probe.failure.phase})</span>
          </span>
        </p>
      ) : null}
      {probe.phases.length > 0 ? (
        <ol aria-label="Phases of the probe" className="flex flex-col gap-1">
          {probe.phases.map((phase, index) => {
            const before = probe.phases.slice(0, index).reduce((sum, { durationMs }) => sum + durationMs, 0);
            const left = total > 0 ? (before / total) * 100 : 0;
            const width = total > 0 ? (phase.durationMs / total) * 100 : 0;
            const failed = probe.failure?.phase === phase.phase;
            return (
              <li key={phase.phase} className="grid grid-cols-[8.5rem_minmax(0,1fr)_4.5rem] items-center gap-2 text-xs">
                <span className={failed ? 'font-semibold text-bad' : ''}>
                  {phaseWords(phase.phase)}
                  {failed ? ' ✗' : ''}
                </span>
                <span aria-hidden="true" className="relative h-3 rounded bg-raised">
                  <span
                    className={`absolute inset-y-0 min-w-0.5 rounded-sm ${failed ? 'bg-bad' : 'bg-accent'}`}
                    style={{ left: `${left}%`, width: `${width}%` }}
                  />
                </span>
                <span className="num text-right text-ink2">{wordsForDuration(phase.durationMs)}</span>
              </li>
            );
          })}
        </ol>
      ) : null}
      <p className="flex flex-wrap gap-x-4 text-xs text-ink2">
        <span>{wordsForDuration(total)} in all</span>
        {probe.remoteAddress === undefined ? null : <span className="num">{probe.remoteAddress}</span>}
        {probe.server === undefined ? null : <span className="break-all">{probe.server}</span>}
      </p>
    </Section>
  );
}
