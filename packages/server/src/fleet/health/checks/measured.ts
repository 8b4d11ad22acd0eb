import { FACT } from '../../evidence/index.ts';
import type { Look } from '../look.ts';
import type { Sign } from '../sign.ts';
import { figure, percent, span } from '../words.ts';

/** Fewer packets say nothing about loss. */
const PACKETS_MIN = 100;
/** Where nobody says what to expect, so many observations make the usual rate. */
const USUAL_OBSERVATIONS_MIN = 30;
const USUAL_WEIGHT = 1 / 100;
/** Key frames rarer than expected by this factor are noticed though the limit of the class is not reached. */
const KEYFRAME_FACTOR = 2.5;

/** Frames a second that are expected of the camera: as the inventory, its probe, or its own past says; NaN when nobody does. */
export function expectedRate(look: Look): number {
  const { camera } = look.about;
  const told = camera.expected?.frames_per_second ?? look.fresh(FACT.camera_expected_fps);
  if (!Number.isNaN(told)) return told;
  return look.memory.usualCount >= USUAL_OBSERVATIONS_MIN ? look.memory.usualRate : Number.NaN;
}

/** Delivered against expected, and against what the stream declares. */
export function checkRate(look: Look): void {
  const { policy } = look.about;
  const rate = look.fresh(FACT.camera_frames_per_second);
  if (Number.isNaN(rate)) return;
  const expected = expectedRate(look);
  learnRate(look, rate);
  const declared = look.fresh(FACT.camera_declared_fps);
  const isLow = rate < policy.frameRateRatio * expected;
  const low = look.observe('low_frame_rate', FACT.camera_frames_per_second, isLow, policy.measured);
  if (low) tellLow(look, low, rate, expected, declared);
  if (Number.isNaN(declared)) return;
  // A low rate is told already.
  const isOff = low === undefined && Math.abs(declared - rate) > policy.declaredRateTolerance * declared;
  const off = look.observe('declared_rate', FACT.camera_frames_per_second, isOff, policy.measured);
  if (!off) return;
  look.tell('declared_rate', off, `Declares ${figure(declared)} frames a second and delivers ${figure(rate)}`, [
    {
      fact: FACT.camera_frames_per_second,
      value: rate,
      expected: `${figure(declared)} within ${percent(policy.declaredRateTolerance)}`,
    },
    { fact: FACT.camera_declared_fps, value: declared },
  ]);
}

function tellLow(look: Look, sign: Sign, rate: number, expected: number, declared: number): void {
  const { policy } = look.about;
  const declares = declared <= rate * (1 + policy.declaredRateTolerance) ? '; it declares no more' : '';
  look.tell('low_frame_rate', sign, `Delivers ${figure(rate)} of ${figure(expected)} frames a second${declares}`, [
    {
      fact: FACT.camera_frames_per_second,
      value: rate,
      expected: `at least ${figure(policy.frameRateRatio * expected)} (${percent(policy.frameRateRatio)} of ${figure(expected)})`,
    },
    ...(Number.isNaN(declared) ? [] : [{ fact: FACT.camera_declared_fps, value: declared }]),
  ]);
}

/** Follows slowly what the camera delivers, and not into a fault. */
function learnRate({ memory, about }: Look, rate: number): void {
  if (Number.isNaN(memory.usualRate)) memory.usualRate = rate;
  else if (rate >= about.policy.frameRateRatio * memory.usualRate)
    memory.usualRate += (rate - memory.usualRate) * Math.max(USUAL_WEIGHT, 1 / (memory.usualCount + 1));
  else return;
  memory.usualCount++;
}

export function checkKeyframes(look: Look): void {
  const { policy, camera } = look.about;
  const seconds = look.fresh(FACT.camera_keyframe_interval_seconds);
  if (Number.isNaN(seconds)) return;
  const told = camera.expected?.keyframe_interval_seconds;
  const maxMs =
    told === undefined
      ? policy.keyframeIntervalMs
      : Math.min(policy.keyframeIntervalMs, told * KEYFRAME_FACTOR * 1_000);
  const sign = look.observe(
    'keyframe_interval',
    FACT.camera_keyframe_interval_seconds,
    seconds * 1_000 > maxMs,
    policy.measured,
  );
  if (!sign) return;
  look.tell('keyframe_interval', sign, `A key frame comes only every ${figure(seconds)} s`, [
    { fact: FACT.camera_keyframe_interval_seconds, value: seconds, expected: `at most ${figure(maxMs / 1_000)}` },
  ]);
}

/** What is counted as sent and lost: RTP packets where a probe counts them, else the frames that a recorder counts. */
const COUNTERS = [
  { received: FACT.camera_rtp_packets_received_total, lost: FACT.camera_rtp_packets_lost_total, what: 'packets' },
  { received: FACT.camera_frames_received_total, lost: FACT.camera_frames_dropped_total, what: 'frames' },
] as const;

/** Lost of what was sent since the last time enough came. */
export function checkLoss(look: Look): void {
  const { policy } = look.about;
  const { memory } = look;
  const counters = COUNTERS.find(({ received, lost }) => !Number.isNaN(look.fresh(received) + look.fresh(lost)));
  if (!counters) return;
  const lost = look.fresh(counters.lost);
  const received = look.fresh(counters.received);
  const moreLost = lost - memory.packetsLost;
  const moreReceived = received - memory.packetsReceived;
  const isSame = memory.lossOf === counters.what;
  if (!isSame || !(moreLost >= 0 && moreReceived >= 0)) {
    // The first time, or counters that began anew.
    memory.lossOf = counters.what;
    memory.packetsLost = lost;
    memory.packetsReceived = received;
    return;
  }
  if (moreLost + moreReceived >= PACKETS_MIN) {
    memory.packetsLost = lost;
    memory.packetsReceived = received;
    const ratio = moreLost / (moreLost + moreReceived);
    if (look.observe('packet_loss', counters.received, ratio > policy.lossRatio, policy.measured))
      memory.lossRatio = ratio;
  }
  tellLoss(look, counters);
}

function tellLoss(look: Look, { lost, what }: (typeof COUNTERS)[number]): void {
  const { policy, evidence } = look.about;
  const { lossRatio } = look.memory;
  const sign = look.memory.signs.get('packet_loss');
  if (!sign) return;
  const transport = what === 'packets' ? (evidence.info?.transport ?? '') : '';
  look.tell('packet_loss', sign, `${percent(lossRatio)} of the ${what} are lost${where(transport)}`, [
    { fact: lost, value: evidence.value(lost), expected: `below ${percent(policy.lossRatio)} of the ${what}` },
  ]);
}

/** What loss means depends on the way: over TCP nothing is lost on the way. */
function where(transport: string): string {
  if (transport === 'tcp' || transport === 'tls')
    return ' although they come over TCP: the camera drops them before it sends';
  if (transport === 'udp') return ' on the way (UDP)';
  return '';
}

export function checkClock(look: Look): void {
  const { policy } = look.about;
  const seconds = look.fresh(FACT.camera_clock_offset_seconds);
  if (Number.isNaN(seconds)) return;
  const isBad = Math.abs(seconds) * 1_000 > policy.clockOffsetMs;
  const sign = look.observe('clock_offset', FACT.camera_clock_offset_seconds, isBad, policy.measured);
  if (!sign) return;
  look.tell('clock_offset', sign, `Its clock is ${span(seconds * 1_000)} ${seconds > 0 ? 'ahead' : 'behind'}`, [
    {
      fact: FACT.camera_clock_offset_seconds,
      value: seconds,
      expected: `within ${figure(policy.clockOffsetMs / 1_000)}`,
    },
  ]);
}
