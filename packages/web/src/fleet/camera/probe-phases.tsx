import type { CameraStatus, ProbeView } from '@vedette/wire/http';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { queryInstant } from '../../api/prometheus.ts';
import { wordsForDuration } from '../../time/duration.ts';
import { Ago, useNow } from '../../ui/ago.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Section } from '../section.tsx';
import { clockTime } from '../since.tsx';
import { failureWords } from '../states.ts';
import { type ToldProbe, probeTrouble, toldProbe, toldProbeQuery } from './probe-of-series.ts';

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

const WINDOW = 'window';

/** "Credentials rejected since 03:12", and what the probe said. */
function Verdict({ probe, status }: { readonly probe: ProbeView; readonly status: CameraStatus }): ReactNode {
  const nowMs = useNow();
  const { failure } = probe;
  if (!failure) return <p className="text-[15px] font-medium">{probe.verdict}</p>;
  const words = failureWords(failure.reason);
  // One failed probe is no trouble yet: then it failed at this time only.
  const since = probeTrouble(status)?.sinceMs;
  return (
    <>
      <p className="flex items-center gap-2 text-[15px] font-medium">
        <span className="text-bad">
          <Icon name="error" />
        </span>
        {words.charAt(0).toUpperCase() + words.slice(1)}{' '}
        {since === undefined ? `at ${clockTime(probe.atMs, nowMs)}` : `since ${clockTime(since, nowMs)}`}
      </p>
      <p className="break-words">
        {failure.message}{' '}
        {failure.phase === '' ? null : <span className="text-ink2">In phase “{phaseWords(failure.phase)}”.</span>}
      </p>
    </>
  );
}

const TOLD_POLL_MS = 10_000;

/** The newest probe: of this process, else of a site's agent, as its series tell. */
export function ProbePhases({
  probe,
  status,
}: {
  readonly probe: ProbeView | undefined;
  readonly status: CameraStatus;
}): ReactNode {
  const query = toldProbeQuery(status.id);
  const told = useQuery({
    queryKey: ['camera-told-probe', query],
    queryFn: async ({ signal }) => (await queryInstant(query, Date.now(), signal)).data,
    refetchInterval: TOLD_POLL_MS,
    enabled: probe === undefined,
  });
  const shown: ProbeView | ToldProbe | undefined = probe ?? (told.data && toldProbe(told.data, status));
  if (shown) return <NewestProbe probe={shown} status={status} />;
  return (
    <Section title="Newest probe">
      <p className="text-ink2">
        No probe of this camera is known: its health comes from what its recorder or an exporter says.
      </p>
    </Section>
  );
}

/** Its verdict in words, and how long each phase took, one after the other. */
function NewestProbe({
  probe,
  status,
}: {
  readonly probe: ProbeView | ToldProbe;
  readonly status: CameraStatus;
}): ReactNode {
  const nowMs = useNow();
  // How long it measured is no part of how soon the stream came.
  const phases = probe.phases.filter(({ phase }) => phase !== WINDOW);
  const measuredMs = probe.phases.find(({ phase }) => phase === WINDOW)?.durationMs;
  const total = phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return (
    <Section
      title="Newest probe"
      controls={
        <span className="text-xs text-ink2">
          {probe.mode === 'full' ? 'full' : 'to the first key frame'} · <Ago ms={probe.atMs} />
          {'agent' in probe && probe.agent !== '' ? <> · by agent {probe.agent}</> : null}
          {probe.nextAtMs === undefined ? null : (
            <>
              {' '}
              ·{' '}
              {probe.nextAtMs > nowMs ? (
                <>
                  next <Ago ms={probe.nextAtMs} planned />
                </>
              ) : (
                'next one is on its way'
              )}
            </>
          )}
        </span>
      }
    >
      <Verdict probe={probe} status={status} />
      {probe.differences?.map((sentence) => (
        <p key={sentence} className="break-words text-warn">
          By ONVIF: {sentence}
        </p>
      ))}
      {phases.length > 0 ? (
        <ol aria-label="Phases of the probe" className="flex flex-col gap-1">
          {phases.map((phase, index) => {
            const before = phases.slice(0, index).reduce((sum, { durationMs }) => sum + durationMs, 0);
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
        {measuredMs === undefined ? null : <span>then measured for {wordsForDuration(measuredMs)}</span>}
        {probe.remoteAddress === undefined ? null : <span className="num">{probe.remoteAddress}</span>}
        {probe.server === undefined ? null : <span className="break-all">{probe.server}</span>}
      </p>
    </Section>
  );
}
