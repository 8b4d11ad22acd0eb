import { FACT } from '../../evidence/index.ts';
import { ADVICE } from '../advice.ts';
import { type EvidenceValue, FLAPS_MAX, type Look } from '../look.ts';
import { Sign } from '../sign.ts';
import { span } from '../words.ts';
import { type Failure, failureOf } from './failures.ts';

/** Without a probe nobody says why. */
const REPORTED_DOWN: Failure = { kind: 'offline', reason: 'The camera is reported down', advice: ADVICE.offline };

/** Probes may be late by so many of their intervals before they count as fallen silent. */
const PROBES_LATE_MAX = 3;
/** A picture that is older while samples say that the camera is up: it has stalled. */
const FRAME_AGE_MAX_MS = 30_000;
/** Without a probe, each sample is an observation, at most one in this time. */
const SAMPLE_SPACING_MS = 10_000;
/** A playlist that did not advance for three segments stands still; of unknown length, for so long. */
const SEGMENTS_MAX = 3;
const PLAYLIST_AGE_MAX_MS = 30_000;
const FLAP_WINDOW_MS = 3_600_000;

/** Does the stream come? By probes, else by what others say. */
export function checkStream(look: Look): void {
  const { evidence, policy, atMs } = look.about;
  const { memory } = look;
  learnProbeInterval(look);
  const success = look.fresh(FACT.camera_probe_success);
  const up = look.fresh(FACT.camera_up);
  if (Number.isNaN(success) && Number.isNaN(up)) return;
  const probed = !Number.isNaN(success);
  const isBad = probed ? success === 0 : up === 0;
  const wasOn = memory.signs.get('stream')?.isOn ?? false;
  const known = memory.signs.get('stream');
  if (known || isBad) {
    const sign = known ?? new Sign(memory.streamGoodAtMs);
    const probeMs = look.probeMs;
    const stamp =
      probed && !Number.isNaN(probeMs)
        ? probeMs
        : Math.floor(evidence.atMs(probed ? FACT.camera_probe_success : FACT.camera_up) / SAMPLE_SPACING_MS);
    const happenedMs = probed && !Number.isNaN(probeMs) ? Math.min(probeMs, atMs) : atMs;
    sign.observe(isBad, stamp, happenedMs, policy.stream);
    // Probes that failed between two samples.
    const failures = isBad && probed ? Math.min(look.fresh(FACT.camera_probe_consecutive_failures) || 0, 8) : 0;
    for (let i = 1; sign.inARow < failures && i < 8; i++) sign.observe(true, stamp + i / 16, happenedMs, policy.stream);
    look.keep('stream', sign);
    if (sign.isOn && !wasOn) noteFlap(memory.flaps, atMs);
    tellStream(look, sign, probed);
  }
  if (!isBad) memory.streamGoodAtMs = atMs;
}

function tellStream(look: Look, sign: Sign, probed: boolean): void {
  const { evidence } = look.about;
  const reason = probed ? evidence.failure?.reason : undefined;
  const { kind, reason: words, advice } = probed ? failureOf(reason) : REPORTED_DOWN;
  if (!sign.isOn) {
    if (sign.isSuspected)
      look.suspicion = probed
        ? `One probe failed, looking again: ${words}`
        : `${words}, once; waiting for the next sample`;
    return;
  }
  look.isDown = true;
  const values: EvidenceValue[] = probed
    ? [
        ...(reason === undefined
          ? []
          : [{ series: 'camera_probe_failure', value: 1, expected: `none; reason=${reason}` }]),
        { fact: FACT.camera_probe_success, value: 0, expected: '1' },
        {
          fact: FACT.camera_probe_consecutive_failures,
          value: evidence.value(FACT.camera_probe_consecutive_failures),
          expected: '0',
        },
      ]
    : [{ fact: FACT.camera_up, value: 0, expected: '1' }];
  look.add(kind, sign.sinceMs, words, values, advice);
}

/** Does it move on? Frames that are old although the camera is said to be up, and playlists that stand still. */
export function checkProgress(look: Look): void {
  const { evidence, policy } = look.about;
  const last = look.fresh(FACT.camera_last_frame_timestamp_seconds);
  // A probe looks at the stream itself; its last frame is as old as the probe.
  if (!Number.isNaN(last) && Number.isNaN(look.probeMs)) {
    const ageMs = evidence.atMs(FACT.camera_last_frame_timestamp_seconds) - last * 1_000;
    const isBad = ageMs > FRAME_AGE_MAX_MS;
    const sign = look.observe('stalled', FACT.camera_last_frame_timestamp_seconds, isBad, policy.stream);
    if (sign?.isOn) look.isDown = true;
    if (!sign) return;
    look.tell('stalled', sign, `No new picture for ${span(ageMs)} although the camera is up`, [
      {
        fact: FACT.camera_last_frame_timestamp_seconds,
        value: last,
        expected: `younger than ${span(FRAME_AGE_MAX_MS)}`,
      },
    ]);
    return;
  }
  const playlistAge = look.fresh(FACT.hls_playlist_age_seconds);
  if (Number.isNaN(playlistAge)) return;
  const segmentMs = look.fresh(FACT.hls_segment_duration_seconds) * 1_000;
  const maxMs = Math.max(PLAYLIST_AGE_MAX_MS, Number.isNaN(segmentMs) ? 0 : SEGMENTS_MAX * segmentMs);
  const sign = look.observe('stalled', FACT.hls_playlist_age_seconds, playlistAge * 1_000 > maxMs, policy.stream);
  if (sign?.isOn) look.isDown = true;
  if (!sign) return;
  look.tell('stalled', sign, `The playlist has not advanced for ${span(playlistAge * 1_000)}`, [
    { fact: FACT.hls_playlist_age_seconds, value: playlistAge, expected: `below ${maxMs / 1_000}` },
  ]);
}

/** Did everything that tells about it fall silent? */
export function checkHeartbeat(look: Look): void {
  const { evidence, policy, atMs } = look.about;
  const { memory } = look;
  const heardMs = evidence.heardAtMs;
  if (heardMs === 0) return;
  if (atMs - heardMs > policy.staleAfterMs) {
    look.isDown = true;
    look.troubles.length = 0;
    look.add('no_heartbeat', heardMs, `Nothing was heard of this camera for ${span(atMs - heardMs)}`, [
      {
        series: 'camera_probe_last_timestamp_seconds',
        value: heardMs / 1_000,
        expected: `younger than ${span(policy.staleAfterMs)}`,
      },
    ]);
    return;
  }
  const lateMs = Math.max(policy.staleAfterMs, PROBES_LATE_MAX * memory.probeIntervalMs);
  if (memory.probeAtMs === 0 || atMs - memory.probeAtMs <= lateMs) return;
  // Others may still tell about it.
  if (Number.isNaN(look.probeMs)) return;
  look.isDown = true;
  look.add('no_heartbeat', memory.probeAtMs, `The last probe was ${span(atMs - memory.probeAtMs)} ago`, [
    {
      fact: FACT.camera_probe_last_timestamp_seconds,
      value: memory.probeAtMs / 1_000,
      expected: `one every ${span(memory.probeIntervalMs)}`,
    },
  ]);
}

function learnProbeInterval(look: Look): void {
  const { memory } = look;
  const probeMs = look.probeMs;
  if (Number.isNaN(probeMs) || probeMs <= memory.probeAtMs) return;
  // Looking again after a failure is sooner than the schedule.
  if (memory.probeAtMs > 0)
    memory.probeIntervalMs = Math.max(
      memory.probeIntervalMs * 0.9,
      Math.min(probeMs - memory.probeAtMs, FLAP_WINDOW_MS),
    );
  memory.probeAtMs = probeMs;
}

/** Does it come and go? Reconnects that others count, and losses of the stream that were seen here. */
export function checkFlapping(look: Look): void {
  const { policy, atMs } = look.about;
  const { memory } = look;
  const reconnects = look.fresh(FACT.camera_reconnects_total);
  if (!Number.isNaN(reconnects)) {
    const more = Math.min(reconnects - memory.reconnects, FLAPS_MAX);
    for (let i = 0; i < more; i++) noteFlap(memory.flaps, atMs);
    memory.reconnects = reconnects;
  }
  while (memory.flaps.length > 0 && atMs - (memory.flaps[0] as number) > FLAP_WINDOW_MS) memory.flaps.shift();
  const count = memory.flaps.length;
  if (count <= policy.reconnectsPerHour) return;
  look.add('flapping', memory.flaps[0] as number, `The stream broke ${count} times within an hour`, [
    { fact: FACT.camera_reconnects_total, value: count, expected: `at most ${policy.reconnectsPerHour} an hour` },
  ]);
}

function noteFlap(flaps: number[], atMs: number): void {
  flaps.push(atMs);
  if (flaps.length > FLAPS_MAX) flaps.shift();
}
