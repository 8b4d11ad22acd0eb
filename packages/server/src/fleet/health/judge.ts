import type { CameraState, Trouble } from '@vedette/wire/http';
import { checkDetector, checkDrift, checkGpu } from './checks/analytics.ts';
import { checkDevice } from './checks/device.ts';
import { checkClock, checkKeyframes, checkLoss, checkRate } from './checks/measured.ts';
import { checkPicture } from './checks/picture.ts';
import { checkRecorder, checkRecording } from './checks/recording.ts';
import { checkSettings } from './checks/settings.ts';
import { checkFlapping, checkHeartbeat, checkProgress, checkStream } from './checks/stream.ts';
import { type Circumstances, type HealthMemory, Look } from './look.ts';
import { STATE_OF, byWeight } from './trouble-kinds.ts';

/** What one look at a camera says, before causes that it shares with others. */
export interface Verdict {
  readonly state: CameraState;
  /** The worst first. */
  readonly troubles: readonly Trouble[];
  readonly suspicion: string | undefined;
  /** When its stream was there for the last time before it was lost; for those who look for a common cause. */
  readonly goodAtMs: number;
}

/** Pure but for `memory`, which it moves on: the same evidence, memory and time give the same verdict. */
export function judge(about: Circumstances, memory: HealthMemory): Verdict {
  const look = new Look(about, memory);
  checkStream(look);
  if (!look.isDown) checkProgress(look);
  checkHeartbeat(look);
  checkFlapping(look);
  if (!look.isDown) {
    checkRate(look);
    checkKeyframes(look);
    checkLoss(look);
    checkClock(look);
    checkPicture(look);
    checkDetector(look);
    checkRecording(look);
  }
  checkSettings(look);
  checkRecorder(look);
  checkGpu(look);
  checkDrift(look);
  checkDevice(look);
  if (about.maintenance || !about.scheduled)
    return { state: 'maintenance', troubles: [], suspicion: restWords(about), goodAtMs: memory.streamGoodAtMs };
  const troubles = look.troubles.sort(byWeight);
  const [worst] = troubles;
  const isUnheard = about.evidence.heardAtMs === 0;
  // One failure is no loss, and no sign of health either: who never gave a picture is not called well for it.
  const wasNeverSeen = memory.streamGoodAtMs === 0 && memory.signs.get('stream')?.isSuspected === true;
  const state = worst ? STATE_OF[worst.kind] : isUnheard || wasNeverSeen ? 'unknown' : 'ok';
  const suspicion = look.suspicion ?? (isUnheard ? 'Nothing was heard of this camera yet' : undefined);
  return { state, troubles, suspicion, goodAtMs: memory.signs.get('stream')?.goodAtMs ?? memory.streamGoodAtMs };
}

function restWords({ maintenance }: Circumstances): string {
  if (!maintenance) return 'Outside its schedule';
  const { reason, to } = maintenance;
  return `Maintenance until ${to}${reason === undefined ? '' : `: ${reason}`}`;
}
