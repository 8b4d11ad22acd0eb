/** The steps of a probe, in the order in which it goes through them; each protocol uses those that it has. Label values of `camera_probe_duration_seconds{phase}`. */
export const PROBE_PHASES = [
  'resolve',
  'connect',
  'tls',
  'options',
  'describe',
  'setup',
  'play',
  'playlist',
  'segment',
  'first_packet',
  'first_keyframe',
  'window',
] as const;
export type ProbePhase = (typeof PROBE_PHASES)[number];
