import type { Look } from '../look.ts';

/** Events of the device itself that belong to no finding about its picture, by the words of `camera_onvif_event{event}`. */
const FAILURES: Readonly<Record<string, string>> = {
  hardware_failure: 'a failure of its hardware',
  storage_failure: 'a failure of its storage',
};

/** What the camera says of itself is shown, and is no state: pictures come, or they do not. */
export function checkDevice(look: Look): void {
  for (const event of look.about.evidence.deviceEvents.keys()) {
    const words = Object.hasOwn(FAILURES, event) ? FAILURES[event] : undefined;
    if (words !== undefined) look.suspicion ??= `The camera itself reports ${words}`;
  }
}
