import { oneLine } from '../http-probe/probe-fault.ts';
import type { OnvifClock, OnvifDevice, OnvifService } from './onvif-report.ts';
import { type XmlElement, child, childText, childrenOf } from './xml-tree.ts';

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
export const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
export const MEDIA_2 = 'http://www.onvif.org/ver20/media/wsdl';
export const EVENTS = 'http://www.onvif.org/ver10/events/wsdl';

const SERVICES_MAX = 32;
export const WORD_CHARACTERS_MAX = 120;
export const URL_CHARACTERS_MAX = 2_048;

export const GET_SYSTEM_DATE_AND_TIME = `<GetSystemDateAndTime xmlns="${DEVICE}"/>`;
export const GET_DEVICE_INFORMATION = `<GetDeviceInformation xmlns="${DEVICE}"/>`;
export const GET_SERVICES = `<GetServices xmlns="${DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>`;
export const GET_CAPABILITIES = `<GetCapabilities xmlns="${DEVICE}"><Category>All</Category></GetCapabilities>`;

/** undefined where the device tells no UTC. `sentMs` and `receivedMs` are our wall time. */
export function clockOf(answer: XmlElement, sentMs: number, receivedMs: number): OnvifClock | undefined {
  const stated = child(answer, 'SystemDateAndTime');
  const utc = child(stated, 'UTCDateTime');
  const numbers = [
    ['Date', 'Year'],
    ['Date', 'Month'],
    ['Date', 'Day'],
    ['Time', 'Hour'],
    ['Time', 'Minute'],
    ['Time', 'Second'],
  ].map((path) => wholeNumber(childText(utc, ...path)));
  const [year, month, day, hour, minute, second] = numbers;
  if (numbers.includes(undefined) || year === undefined || year < 1970 || year > 9_999) return undefined;
  const cameraMs = Date.UTC(year, (month ?? 1) - 1, day, hour, minute, second);
  const zone = childText(stated, 'TimeZone', 'TZ');
  const type = childText(stated, 'DateTimeType')?.toLowerCase();
  const halfTripMs = (receivedMs - sentMs) / 2;
  return {
    // The camera cuts off its fraction of a second: half of it is the best guess.
    offsetSeconds: (cameraMs + 500 - (sentMs + halfTripMs)) / 1_000,
    uncertaintySeconds: halfTripMs / 1_000 + 0.5,
    source: type === 'ntp' || type === 'manual' ? type : 'unknown',
    ...(zone !== undefined && { timeZone: oneLine(zone, 60) }),
  };
}

export function deviceOf(answer: XmlElement): OnvifDevice {
  const word = (name: string): string | undefined => {
    const text = childText(answer, name);
    return text === undefined ? undefined : oneLine(text, WORD_CHARACTERS_MAX);
  };
  const parts = {
    manufacturer: word('Manufacturer'),
    model: word('Model'),
    firmwareVersion: word('FirmwareVersion'),
    serialNumber: word('SerialNumber'),
    hardwareId: word('HardwareId'),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/** From GetServices. */
export function servicesOf(answer: XmlElement): readonly OnvifService[] {
  return childrenOf(answer, 'Service')
    .slice(0, SERVICES_MAX)
    .flatMap((service) => {
      const namespace = childText(service, 'Namespace');
      const url = childText(service, 'XAddr');
      return namespace === undefined || url === undefined ? [] : [serviceOf(namespace, url)];
    });
}

/** From GetCapabilities, the older way. */
export function capabilityServicesOf(answer: XmlElement): readonly OnvifService[] {
  const named: readonly (readonly [string, string])[] = [
    ['Media', MEDIA],
    ['Events', EVENTS],
    ['Device', DEVICE],
  ];
  return named.flatMap(([category, namespace]) => {
    const url = childText(answer, 'Capabilities', category, 'XAddr');
    return url === undefined ? [] : [serviceOf(namespace, url)];
  });
}

const serviceOf = (namespace: string, url: string): OnvifService => ({
  namespace: oneLine(namespace, WORD_CHARACTERS_MAX),
  url: oneLine(url, URL_CHARACTERS_MAX),
});

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}
