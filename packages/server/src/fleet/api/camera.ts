import type { CameraAnswer, Figure, PassportEntry } from '@vedette/wire/http';
import { FACT, type Fact, factName } from '../evidence/index.ts';
import type { Fleet } from '../health/fleet.ts';
import type { FleetEntry } from '../health/fleet-entry.ts';
import { passportOf } from '../health/passports.ts';
import type { ProbeViews } from '../ports.ts';

/** Neighbours on the same switch, else recorder, that a page shows. */
const NEIGHBOURS_MAX = 100;

/** What is known about one camera now. `stored`: its passports, the newest first. */
export function cameraAnswer(
  fleet: Fleet,
  entry: FleetEntry,
  probes: ProbeViews | undefined,
  stored: readonly PassportEntry[],
): CameraAnswer {
  const probe = probes?.view(entry.id);
  const now = passportOf(entry);
  return {
    camera: entry.watched.camera,
    status: entry.status,
    ...(entry.cause ? { cause: entry.cause.card } : {}),
    ...(probe ? { probe } : {}),
    passport: stored.length === 0 && now ? [now] : stored,
    neighbours: neighboursOf(fleet, entry),
    figures: figuresOf(entry, fleet.atMs),
  };
}

function neighboursOf(fleet: Fleet, entry: FleetEntry): CameraAnswer['neighbours'] {
  const { camera } = entry.watched;
  const by = camera.switch !== undefined ? 'switch' : camera.recorder !== undefined ? 'recorder' : undefined;
  if (!by) return [];
  const found: CameraAnswer['neighbours'][number][] = [];
  for (const other of fleet.entries()) {
    if (other === entry || other.watched.camera[by] !== camera[by] || other.watched.camera.site !== camera.site)
      continue;
    const { name } = other.watched.camera;
    found.push({ id: other.id, ...(name === undefined ? {} : { name }), state: other.status.state });
    if (found.length === NEIGHBOURS_MAX) break;
  }
  return found;
}

interface FigureKind {
  readonly fact: Fact;
  readonly name: string;
  readonly unit: string;
  readonly expected?: (entry: FleetEntry) => number | undefined;
  /** Of a counter: how it is drawn. */
  readonly rate?: boolean;
}

const FIGURES: readonly FigureKind[] = [
  { fact: FACT.camera_frames_per_second, name: 'Frame rate', unit: 'frames/s', expected: expectedFps },
  { fact: FACT.camera_declared_fps, name: 'Declared frame rate', unit: 'frames/s', expected: expectedFps },
  { fact: FACT.camera_bits_per_second, name: 'Bit rate', unit: 'bit/s' },
  {
    fact: FACT.camera_keyframe_interval_seconds,
    name: 'Key-frame interval',
    unit: 's',
    expected: ({ watched }) => watched.camera.expected?.keyframe_interval_seconds,
  },
  { fact: FACT.camera_rtp_jitter_seconds, name: 'Jitter', unit: 's' },
  { fact: FACT.camera_rtp_packets_lost_total, name: 'Packets lost', unit: 'packets', rate: true },
  { fact: FACT.camera_clock_offset_seconds, name: 'Clock offset', unit: 's', expected: () => 0 },
  { fact: FACT.camera_reconnects_total, name: 'Reconnects', unit: 'reconnects', rate: true },
  { fact: FACT.camera_picture_luma, name: 'Brightness', unit: 'of 255' },
  { fact: FACT.camera_picture_sharpness, name: 'Sharpness', unit: '' },
  { fact: FACT.hls_playlist_age_seconds, name: 'Playlist age', unit: 's' },
  { fact: FACT.hls_live_latency_seconds, name: 'Behind live', unit: 's' },
  { fact: FACT.camera_recording_last_segment_timestamp_seconds, name: 'Newest segment', unit: 'unix s' },
];

function expectedFps({ watched: { camera, evidence } }: FleetEntry): number | undefined {
  const told = camera.expected?.frames_per_second ?? evidence.value(FACT.camera_expected_fps);
  return Number.isNaN(told) ? undefined : told;
}

/** Figures older than this are none of now. */
const FIGURE_AGE_MAX_MS = 900_000;

function figuresOf(entry: FleetEntry, atMs: number): readonly Figure[] {
  const selector = `{camera_id=${JSON.stringify(entry.id)}}`;
  return FIGURES.flatMap(({ fact, name, unit, expected, rate = false }): readonly Figure[] => {
    const value = entry.watched.evidence.fresh(fact, atMs, FIGURE_AGE_MAX_MS);
    if (Number.isNaN(value)) return [];
    const wanted = expected?.(entry);
    const series = `${factName(fact)}${selector}`;
    return [
      {
        name,
        unit,
        value,
        ...(wanted === undefined ? {} : { expected: wanted }),
        query: rate ? `increase(${series}[10m])` : series,
      },
    ];
  });
}
