import type { Camera, PassportEntry } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { formatNumber } from '../../format/number.ts';
import { formatTime } from '../../time/range.ts';
import { Section } from '../section.tsx';
import { DeviceRow } from './device.tsx';

const CODECS: Readonly<Record<string, string>> = { h264: 'H.264', h265: 'H.265', hevc: 'H.265', mjpeg: 'MJPEG' };

function codecName(codec: string): string {
  return CODECS[codec.toLowerCase()] ?? codec;
}

function describe(entry: PassportEntry): readonly string[] {
  return [
    [codecName(entry.codec), entry.profile].filter(Boolean).join(' '),
    entry.width !== undefined && entry.height !== undefined ? `${entry.width} × ${entry.height}` : '',
    entry.declaredFps === undefined ? '' : `${formatNumber(entry.declaredFps)} frames/s declared`,
    entry.transport === undefined ? '' : entry.transport.toUpperCase(),
  ].filter((part) => part !== '');
}

/** What the stream says it is, what it was before, and what the inventory expects. */
export function Passport({
  passport,
  camera,
}: {
  readonly passport: readonly PassportEntry[];
  readonly camera: Camera;
}): ReactNode {
  const entries = passport.toSorted((a, b) => b.fromMs - a.fromMs);
  const [now, ...earlier] = entries;
  const expected = camera.expected;
  const wanted = expected
    ? [
        expected.codec === undefined ? '' : codecName(expected.codec),
        expected.width !== undefined && expected.height !== undefined ? `${expected.width} × ${expected.height}` : '',
        expected.frames_per_second === undefined ? '' : `${formatNumber(expected.frames_per_second)} frames/s`,
        expected.keyframe_interval_seconds === undefined
          ? ''
          : `a key frame every ${formatNumber(expected.keyframe_interval_seconds)} s`,
      ].filter((part) => part !== '')
    : [];
  return (
    <Section title="Stream passport">
      {now ? (
        <p className="text-[15px] font-medium">{describe(now).join(' · ')}</p>
      ) : (
        <p className="text-ink2">No stream was read yet.</p>
      )}
      {wanted.length > 0 ? <p className="text-ink2">Expected: {wanted.join(' · ')}</p> : null}
      {now && earlier.length > 0 ? (
        <>
          <h3 className="mt-1 text-xs font-medium text-ink3">Settings before</h3>
          <ol className="flex flex-col gap-1">
            {entries.map((entry, index) => (
              <li key={entry.fromMs} className="flex flex-wrap gap-x-3 text-xs">
                <span className="num text-ink2">{formatTime(entry.fromMs).slice(0, 16)}</span>
                <span>{changes(entries[index + 1], entry).join(' · ')}</span>
              </li>
            ))}
          </ol>
        </>
      ) : null}
      <Addresses camera={camera} />
    </Section>
  );
}

/** What became otherwise; the first entry as a whole. */
function changes(before: PassportEntry | undefined, entry: PassportEntry): readonly string[] {
  if (!before) return describe(entry);
  const old = describe(before);
  const parts = describe(entry).filter((part) => !old.includes(part));
  return parts.length > 0 ? parts.map((part) => `now ${part}`) : describe(entry);
}

const STREAMS = ['main', 'sub', 'snapshot', 'onvif'] as const;

function Addresses({ camera }: { readonly camera: Camera }): ReactNode {
  const rows = STREAMS.flatMap((name) => {
    const stream = camera.streams?.[name];
    return stream ? [{ name, stream }] : [];
  });
  const credentials = camera.credentials;
  return (
    <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs">
      <DeviceRow id={camera.id} />
      {rows.map(({ name, stream }) => (
        <div key={name} className="contents">
          <dt className="text-ink3">{name}</dt>
          <dd className="font-mono break-all">
            {stream.url}
            {stream.transport === undefined ? '' : ` (${stream.transport.toUpperCase()})`}
          </dd>
        </div>
      ))}
      {credentials ? (
        <div className="contents">
          <dt className="text-ink3">credentials</dt>
          <dd>
            {[
              credentials.username === undefined ? '' : `user ${credentials.username}`,
              credentials.password_env === undefined ? '' : `password from variable ${credentials.password_env}`,
              credentials.password_file === undefined ? '' : `password from file ${credentials.password_file}`,
              credentials.in_memory ? 'told by its recorder, kept in memory only' : '',
            ]
              .filter((part) => part !== '')
              .join(', ')}
          </dd>
        </div>
      ) : null}
    </dl>
  );
}
