import { createHash } from 'node:crypto';
import type { Account } from '../auth/gate.ts';
import type { VideoClip } from '../clip/video-clip.ts';
import type { PlannedCamera } from '../fleet/plan.ts';

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
const MEDIA_2 = 'http://www.onvif.org/ver20/media/wsdl';
const SCHEMA = 'http://www.onvif.org/ver10/schema';
/** How far a `Created` may be from the device's clock: the reason why drifted clocks lock clients out. */
const CREATED_TOLERANCE_MS = 300_000;

export interface OnvifState {
  readonly camera: PlannedCamera;
  readonly clip: VideoClip;
  readonly framesPerSecond: number;
  readonly keyFrameIntervalSeconds: number;
  readonly account: Account;
  readonly cameraTimeMs: number;
  readonly http: string;
  readonly rtsp: string;
}

/** Answers one SOAP 1.2 request of the ONVIF device and media services (Profile S, and encoder settings of Profile T). */
export function answerOnvif(request: string, state: OnvifState): { readonly status: number; readonly text: string } {
  const operation = OPERATIONS.find(
    (name) => request.includes(`${name} `) || request.includes(`${name}/`) || request.includes(`${name}>`),
  );
  if (operation === undefined) return fault('ter:ActionNotSupported', 'This device does not know that.');
  const isOpen = operation === 'GetSystemDateAndTime' || operation === 'GetServices' || operation === 'GetCapabilities';
  if (!isOpen && state.account.scheme !== 'none' && !isLetIn(request, state)) {
    return fault('ter:NotAuthorized', 'Sender not authorized');
  }
  return { status: 200, text: envelope(answerTo(operation, state, request.includes(MEDIA_2))) };
}

const OPERATIONS = [
  'GetSystemDateAndTime',
  'GetDeviceInformation',
  'GetServices',
  'GetCapabilities',
  'GetProfiles',
  'GetStreamUri',
  'GetSnapshotUri',
  'GetVideoEncoderConfigurations',
] as const;
type Operation = (typeof OPERATIONS)[number];

function answerTo(operation: Operation, state: OnvifState, isMedia2: boolean): string {
  const { camera, cameraTimeMs, http, rtsp } = state;
  const service = `${http}/${camera.id}/onvif`;
  const media = isMedia2 ? MEDIA_2 : MEDIA;
  switch (operation) {
    case 'GetSystemDateAndTime': {
      const time = new Date(cameraTimeMs);
      const part = (name: string, value: number): string => `<tt:${name}>${value}</tt:${name}>`;
      return element(DEVICE, 'GetSystemDateAndTimeResponse', [
        '<tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>',
        '<tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>',
        `<tt:Time>${part('Hour', time.getUTCHours())}${part('Minute', time.getUTCMinutes())}${part('Second', time.getUTCSeconds())}</tt:Time>`,
        `<tt:Date>${part('Year', time.getUTCFullYear())}${part('Month', time.getUTCMonth() + 1)}${part('Day', time.getUTCDate())}</tt:Date>`,
        '</tt:UTCDateTime></tds:SystemDateAndTime>',
      ]);
    }
    case 'GetDeviceInformation':
      return element(DEVICE, 'GetDeviceInformationResponse', [
        `<tds:Manufacturer>${camera.model.manufacturer}</tds:Manufacturer><tds:Model>${camera.model.name}</tds:Model>`,
        `<tds:FirmwareVersion>2.${camera.seed % 9}.1</tds:FirmwareVersion><tds:SerialNumber>SIM${camera.seed.toString(16)}</tds:SerialNumber>`,
        '<tds:HardwareId>simulated</tds:HardwareId>',
      ]);
    case 'GetServices':
      return element(
        DEVICE,
        'GetServicesResponse',
        [
          [DEVICE, 'device_service'],
          [MEDIA, 'media_service'],
          [MEDIA_2, 'media2_service'],
        ].map(
          ([namespace = '', path = '']) =>
            `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${service}/${path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`,
        ),
      );
    case 'GetCapabilities':
      return element(DEVICE, 'GetCapabilitiesResponse', [
        `<tds:Capabilities><tt:Device><tt:XAddr>${service}/device_service</tt:XAddr></tt:Device>`,
        `<tt:Media><tt:XAddr>${service}/media_service</tt:XAddr></tt:Media></tds:Capabilities>`,
      ]);
    case 'GetProfiles':
      return element(media, 'GetProfilesResponse', [
        isMedia2
          ? `<m:Profiles token="main"><m:Name>main</m:Name><m:Configurations><m:VideoEncoder token="encoder-main">${encoder(state, true)}</m:VideoEncoder></m:Configurations></m:Profiles>`
          : `<m:Profiles token="main" fixed="true"><tt:Name>main</tt:Name><tt:VideoEncoderConfiguration token="encoder-main">${encoder(state, false)}</tt:VideoEncoderConfiguration></m:Profiles>`,
      ]);
    case 'GetVideoEncoderConfigurations':
      return element(media, 'GetVideoEncoderConfigurationsResponse', [
        `<m:Configurations token="encoder-main"${isMedia2 ? ` GovLength="${govLength(state)}" Profile="${camera.model.codec === 'h264' ? 'High' : 'Main'}"` : ''}>${encoder(state, isMedia2)}</m:Configurations>`,
      ]);
    case 'GetStreamUri':
      return uri(media, 'GetStreamUriResponse', `${rtsp}/${camera.id}/main`, isMedia2);
    case 'GetSnapshotUri':
      return uri(media, 'GetSnapshotUriResponse', `${http}/${camera.id}/snapshot.jpg`, isMedia2);
  }
}

const govLength = ({ keyFrameIntervalSeconds, framesPerSecond }: OnvifState): number =>
  Math.max(1, Math.round(keyFrameIntervalSeconds * framesPerSecond));

/** Media 1 has no word for H.265: devices say H.264 there or leave it out. */
function encoder(state: OnvifState, isMedia2: boolean): string {
  const { camera, clip, framesPerSecond } = state;
  const encoding = camera.model.codec === 'h265' && isMedia2 ? 'H265' : 'H264';
  const gov = `<tt:H264><tt:GovLength>${govLength(state)}</tt:GovLength><tt:H264Profile>High</tt:H264Profile></tt:H264>`;
  return [
    `<tt:Name>main</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${encoding}</tt:Encoding>`,
    `<tt:Resolution><tt:Width>${clip.width}</tt:Width><tt:Height>${clip.height}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>`,
    `<tt:RateControl><tt:FrameRateLimit>${Math.round(framesPerSecond)}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>`,
    isMedia2 ? '' : gov,
  ].join('');
}

function uri(namespace: string, name: string, address: string, isMedia2: boolean): string {
  return element(namespace, name, [
    isMedia2 ? `<m:Uri>${address}</m:Uri>` : `<m:MediaUri><tt:Uri>${address}</tt:Uri></m:MediaUri>`,
  ]);
}

function element(namespace: string, name: string, content: readonly string[]): string {
  const prefix = namespace === DEVICE ? 'tds' : 'm';
  return `<${prefix}:${name} xmlns:${prefix}="${namespace}">${content.join('')}</${prefix}:${name}>`;
}

const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="${SCHEMA}" xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>${body}</s:Body></s:Envelope>`;

function fault(code: string, reason: string): { readonly status: number; readonly text: string } {
  return {
    status: 400,
    text: envelope(
      `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`,
    ),
  };
}

/** WS-UsernameToken with a password digest: Base64(SHA-1(nonce + created + password)). */
function isLetIn(request: string, { account, cameraTimeMs }: OnvifState): boolean {
  const text = (name: string): string => {
    // `:Username` is not `:UsernameToken`.
    const starts = [`${name}>`, `${name} `].map((start) => request.indexOf(start)).filter((at) => at >= 0);
    const begin = starts.length === 0 ? -1 : request.indexOf('>', Math.min(...starts));
    const end = begin < 0 ? -1 : request.indexOf('<', begin);
    return end < 0 ? '' : request.slice(begin + 1, end).trim();
  };
  const created = text(':Created');
  const away = Math.abs(Date.parse(created) - cameraTimeMs);
  if (!(away <= CREATED_TOLERANCE_MS) || text(':Username') !== account.username) return false;
  const digest = createHash('sha1')
    .update(Buffer.from(text(':Nonce'), 'base64'))
    .update(created)
    .update(account.password)
    .digest('base64');
  return digest === text(':Password');
}
