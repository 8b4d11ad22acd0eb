import type { VideoClip } from '../clip/video-clip.ts';
import { nalRole } from '../clip/nal-units.ts';

/** Dynamic payload type of all video here. */
export const VIDEO_PAYLOAD_TYPE = 96;
/** Of RTP timestamps of video, hertz. */
export const VIDEO_CLOCK_RATE = 90_000;

/** A session description (RFC 4566) with one video track, parameter sets included (RFC 6184 8.1, RFC 7798 7.1). */
export function describeClip(
  clip: VideoClip,
  about: { readonly name: string; readonly sessionId: number; readonly host: string; readonly framesPerSecond: number },
): string {
  const base64 = (role: string): string =>
    clip.parameterSets
      .filter((unit) => nalRole(clip.codec, unit) === role)
      .map((unit) => unit.toString('base64'))
      .join(',');
  const sps = clip.parameterSets.find((unit) => nalRole(clip.codec, unit) === 'sps');
  const format =
    clip.codec === 'h264'
      ? `packetization-mode=1;profile-level-id=${(sps ?? Buffer.alloc(4)).toString('hex', 1, 4).toUpperCase()};sprop-parameter-sets=${base64('sps')},${base64('pps')}`
      : `sprop-vps=${base64('vps')};sprop-sps=${base64('sps')};sprop-pps=${base64('pps')}`;
  return [
    'v=0',
    `o=- ${about.sessionId} 1 IN IP4 ${about.host}`,
    `s=${about.name}`,
    `c=IN IP4 0.0.0.0`,
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    `m=video 0 RTP/AVP ${VIDEO_PAYLOAD_TYPE}`,
    `a=rtpmap:${VIDEO_PAYLOAD_TYPE} ${clip.codec.toUpperCase()}/${VIDEO_CLOCK_RATE}`,
    `a=fmtp:${VIDEO_PAYLOAD_TYPE} ${format}`,
    `a=framerate:${about.framesPerSecond}`,
    'a=control:trackID=1',
    'a=recvonly',
    '',
  ].join('\r\n');
}
