/** Names that MediaMTX has given up for better ones (they are on its page still, or alone on an older one) → the name now. */
const RENAMED: ReadonlyMap<string, string> = new Map(
  [
    ['paths', ['bytes']],
    ['hls_muxers', ['bytes']],
    ['rtsp_conns', ['bytes']],
    ['rtsps_conns', ['bytes']],
    ['rtsp_sessions', ['bytes', 'rtp', 'rtcp']],
    ['rtsps_sessions', ['bytes', 'rtp', 'rtcp']],
    ['rtmp_conns', ['bytes']],
    ['rtmps_conns', ['bytes']],
    ['webrtc_sessions', ['bytes', 'rtp', 'rtcp']],
  ].flatMap(([family, kinds]) => (kinds as readonly string[]).flatMap((kind) => renamed(family as string, kind))),
);

function renamed(family: string, kind: string): (readonly [string, string])[] {
  if (kind === 'bytes') {
    return [
      [`${family}_bytes_received`, `${family}_inbound_bytes`],
      [`${family}_bytes_sent`, `${family}_outbound_bytes`],
    ];
  }
  return [
    [`${family}_${kind}_packets_received`, `${family}_inbound_${kind}_packets`],
    [`${family}_${kind}_packets_sent`, `${family}_outbound_${kind}_packets`],
    [`${family}_${kind}_packets_lost`, `${family}_inbound_${kind}_packets_lost`],
    [`${family}_${kind}_packets_in_error`, `${family}_inbound_${kind}_packets_in_error`],
    [`${family}_${kind}_packets_jitter`, `${family}_inbound_${kind}_packets_jitter`],
  ];
}

/** The name that a figure of MediaMTX's page has in its newest version. */
export function newestName(name: string): string {
  return RENAMED.get(name) ?? name;
}

/** Figures by path or muxer: as many as there are cameras. */
const OF_PATHS = ['paths', 'hls_muxers', 'forward_dests'];
/** Figures by connection: their ids are new with every connection. */
const OF_CONNECTIONS = [
  'hls_sessions',
  'rtsp_conns',
  'rtsp_sessions',
  'rtsps_conns',
  'rtsps_sessions',
  'rtmp_conns',
  'rtmps_conns',
  'srt_conns',
  'webrtc_sessions',
  'moq_sessions',
];

const isOf = (families: readonly string[], name: string): boolean =>
  families.some((family) => name === family || name.startsWith(`${family}_`));

/** What a page of MediaMTX may say; everything else on it is left out, so that it cannot speak for others. */
export function kindOf(name: string): 'path' | 'connection' | undefined {
  if (isOf(OF_PATHS, name)) return 'path';
  return isOf(OF_CONNECTIONS, name) ? 'connection' : undefined;
}
