import { FACT, type StreamInfo } from '../../evidence/index.ts';
import type { Look } from '../look.ts';

/** Were the camera's settings changed, and is the stream what the inventory says? A counter that rose is no guess: once is enough. */
export function checkSettings(look: Look): void {
  const { evidence, policy, atMs } = look.about;
  const { memory } = look;
  const changes = look.fresh(FACT.camera_parameter_set_changes_total);
  if (!Number.isNaN(changes)) {
    if (changes > memory.parameterSetChanges) {
      memory.settingsChangedAtMs = atMs;
      memory.settingsChange = changeOf(evidence.infoBefore, evidence.info, atMs);
    }
    memory.parameterSetChanges = changes;
  }
  const since = memory.settingsChangedAtMs;
  if (since !== undefined && atMs - since > policy.settingsChangedForMs) memory.settingsChangedAtMs = undefined;
  const wrong = differenceToInventory(look);
  if (wrong !== undefined) {
    look.add('settings_changed', since ?? evidence.info?.sinceMs ?? atMs, wrong, [
      { series: 'camera_stream_info', value: 1, expected: expectedText(look) },
    ]);
    return;
  }
  if (memory.settingsChangedAtMs === undefined) return;
  look.add(
    'settings_changed',
    memory.settingsChangedAtMs,
    `The settings of the camera were changed${memory.settingsChange}`,
    [{ fact: FACT.camera_parameter_set_changes_total, value: changes, expected: 'unchanged' }],
  );
}

/** `: 1920 × 1080 h264 became 1280 × 720 h264`, where both are known and the change is new. */
function changeOf(before: StreamInfo | undefined, after: StreamInfo | undefined, atMs: number): string {
  if (!before || !after || atMs - after.sinceMs > CHANGE_TOLD_WITHIN_MS) return '';
  const [from, to] = [described(before), described(after)];
  return from === to ? '' : `: ${from} became ${to}`;
}

const CHANGE_TOLD_WITHIN_MS = 300_000;

function described({ codec, profile, width, height }: StreamInfo): string {
  const size = width === undefined || height === undefined ? '' : `${width} × ${height} `;
  return `${size}${codec}${profile === '' ? '' : ` ${profile}`}`;
}

function differenceToInventory({ about: { camera, evidence } }: Look): string | undefined {
  const { info } = evidence;
  const { expected } = camera;
  if (!info || !expected) return undefined;
  const { width, height, codec } = expected;
  const size =
    width !== undefined &&
    info.width !== undefined &&
    (info.width !== width || (height !== undefined && info.height !== height));
  if (size) return `The stream is ${described(info)}; the inventory says ${width} × ${height ?? '?'}`;
  if (codec !== undefined && info.codec !== '' && codec.toLowerCase() !== info.codec)
    return `The stream is ${info.codec}; the inventory says ${codec}`;
  return undefined;
}

function expectedText({ about: { camera } }: Look): string {
  const { width, height, codec } = camera.expected ?? {};
  return [width === undefined ? '' : `${width} × ${height ?? '?'}`, codec ?? '']
    .filter((part) => part !== '')
    .join(' ');
}
