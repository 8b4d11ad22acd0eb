import { oneLine } from '../http-probe/probe-fault.ts';
import { EVENTS } from './device-service.ts';
import type { OnvifEvent, OnvifEventName } from './onvif-report.ts';
import { type XmlElement, child, childText, childrenOf, descendants, writeXml } from './xml-tree.ts';

const NOTIFICATION = 'http://docs.oasis-open.org/wsn/b-2';
/** A subscription ends by itself this long after its last renewal: a lost unsubscribe costs the camera one minute. */
export const SUBSCRIPTION_SECONDS = 60;
export const PULL_SECONDS = 5;
const MESSAGES_PER_PULL = 64;
const TOPIC_CHARACTERS_MAX = 200;
const PARAMETERS_CHARACTERS_MAX = 8_192;

const WSN = 'http://docs.oasis-open.org/wsn/bw-2';

export const CREATE_PULL_POINT = {
  action: `${EVENTS}/EventPortType/CreatePullPointSubscriptionRequest`,
  body: `<CreatePullPointSubscription xmlns="${EVENTS}"><InitialTerminationTime>PT${SUBSCRIPTION_SECONDS}S</InitialTerminationTime></CreatePullPointSubscription>`,
};
export const PULL_MESSAGES = {
  action: `${EVENTS}/PullPointSubscription/PullMessagesRequest`,
  body: `<PullMessages xmlns="${EVENTS}"><Timeout>PT${PULL_SECONDS}S</Timeout><MessageLimit>${MESSAGES_PER_PULL}</MessageLimit></PullMessages>`,
};
export const RENEW = {
  action: `${WSN}/SubscriptionManager/RenewRequest`,
  body: `<Renew xmlns="${NOTIFICATION}"><TerminationTime>PT${SUBSCRIPTION_SECONDS}S</TerminationTime></Renew>`,
};
export const UNSUBSCRIBE = {
  action: `${WSN}/SubscriptionManager/UnsubscribeRequest`,
  body: `<Unsubscribe xmlns="${NOTIFICATION}"/>`,
};

export interface SubscriptionReference {
  readonly address: string;
  /** XML that goes into the headers of every later request. */
  readonly parameters: string;
}

/** undefined where the answer names none. */
export function subscriptionOf(answer: XmlElement): SubscriptionReference | undefined {
  const reference = child(answer, 'SubscriptionReference');
  const address = childText(reference, 'Address');
  if (address === undefined) return undefined;
  const parameters = (child(reference, 'ReferenceParameters')?.children ?? []).map(writeXml).join('');
  return { address, parameters: parameters.length > PARAMETERS_CHARACTERS_MAX ? '' : parameters };
}

/** The messages of a PullMessages answer; `event` is absent where a message is none that we know. */
export function messagesOf(answer: XmlElement, atMs: number): readonly { readonly event?: OnvifEvent }[] {
  return childrenOf(answer, 'NotificationMessage')
    .slice(0, MESSAGES_PER_PULL * 4)
    .map((message) => {
      const topic = childText(message, 'Topic') ?? '';
      const event = eventName(topic);
      const inner = child(message, 'Message', 'Message');
      // A property that is gone has no state any more.
      if (event === undefined || inner?.attributes.get('PropertyOperation') === 'Deleted') return {};
      const active = stateOf(child(inner, 'Data'));
      const about = childrenOf(child(inner, 'Source'), 'SimpleItem')[0]?.attributes.get('Value');
      return {
        event: {
          event,
          topic: oneLine(topic, TOPIC_CHARACTERS_MAX),
          ...(active !== undefined && { active }),
          atMs,
          ...(about !== undefined && { about: oneLine(about, 80) }),
        },
      };
    });
}

/** Topics of the ONVIF core, imaging and analytics specifications; vendors choose the prefix (`tns1`), and hang their own below. */
export function eventName(topic: string): OnvifEventName | undefined {
  const path = topic
    .slice(0, TOPIC_CHARACTERS_MAX)
    .split('/')
    .map((part) => part.slice(part.indexOf(':') + 1).toLowerCase());
  const has = (word: string): boolean => path.includes(word);
  if (has('globalscenechange') || has('tamperdetector') || has('tamper')) return 'tamper';
  if (has('imagetoodark')) return 'too_dark';
  if (has('imagetooblurry')) return 'too_blurry';
  if (has('imagetoobright')) return 'too_bright';
  if (has('storagefailure')) return 'storage_failure';
  if (has('hardwarefailure')) return 'hardware_failure';
  if (has('motionalarm') || has('cellmotiondetector') || has('motionregiondetector')) return 'motion';
  if (has('videoanalytics') && path.some((part) => part.startsWith('motion'))) return 'motion';
  return undefined;
}

const STATE_NAMES = new Set(['state', 'ismotion', 'istamper', 'failed', 'logicalstate', 'value', 'active']);

function stateOf(data: XmlElement | undefined): boolean | undefined {
  if (data === undefined) return undefined;
  const items = descendants(data, 'SimpleItem');
  const named = items.find((item) => STATE_NAMES.has(item.attributes.get('Name')?.toLowerCase() ?? ''));
  for (const item of named === undefined ? items : [named, ...items]) {
    const value = item.attributes.get('Value')?.trim().toLowerCase();
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
  }
  return undefined;
}
