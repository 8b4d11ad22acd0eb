import type { Probe } from '../camera/probe.ts';
import type { OnvifClient } from '../onvif/onvif-client-ports.ts';
import type { PictureReader } from '../picture/picture-reader.ts';

/** What reads each protocol. A plan that needs one that is absent fails with reason `protocol`, and says so. */
export interface Probes {
  readonly rtsp?: Probe;
  readonly hls?: Probe;
  readonly mjpeg?: Probe;
  readonly onvif?: OnvifClient;
  readonly snapshot?: PictureReader;
}

/** The probe for an address: rtsp and rtsps; http and https as HLS when the path names a playlist, else as MJPEG. */
export function protocolOf(url: string): 'rtsp' | 'hls' | 'mjpeg' | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, pathname } = new URL(url);
  if (protocol === 'rtsp:' || protocol === 'rtsps:') return 'rtsp';
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return pathname.toLowerCase().endsWith('.m3u8') ? 'hls' : 'mjpeg';
}
