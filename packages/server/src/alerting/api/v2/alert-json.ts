import type { AlertStatus } from '@vedette/wire/http';
import type { Labels } from '../../../model/labels.ts';
import type { MuteReason } from '../../mute-reason.ts';
import type { GroupAlert } from '../../notify/notification.ts';
import { dateTime } from './date-time.ts';

/** Whether an alert is kept quiet, in upstream's terms. */
export interface AlertMutes {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly reasons: readonly MuteReason[];
}

const FREE: AlertMutes = { silencedBy: [], inhibitedBy: [], reasons: [] };

export function mutesOf(reasons: readonly MuteReason[]): AlertMutes {
  if (reasons.length === 0) return FREE;
  const idsOf = (kind: MuteReason['by']): readonly string[] =>
    reasons.filter(({ by }) => by === kind).flatMap(({ ids }) => ids);
  return { silencedBy: idsOf('silence'), inhibitedBy: idsOf('inhibition'), reasons };
}

export function isSuppressed({ silencedBy, inhibitedBy }: AlertMutes): boolean {
  return silencedBy.length > 0 || inhibitedBy.length > 0;
}

/** One alert of a list, and what belongs to the moment. */
export interface ListedAlert {
  readonly alert: GroupAlert;
  readonly mutes: AlertMutes;
  receivers: readonly string[];
}

/** What of an alert's text stays until it arrives again. */
interface FixedText {
  readonly upToReceivers: string;
  readonly upToStatus: string;
  readonly rest: string;
}

const texts = new WeakMap<GroupAlert, FixedText>();

/**
 * The pieces of a GettableAlert as JSON. Twenty thousand of them are listed every few seconds and hardly change: what stays is kept as text, for as
 * long as the alert is. `group` is set where it is shown in its group, whose route time intervals keep quiet.
 */
export function alertPieces({ alert, mutes, receivers }: ListedAlert, group?: MuteReason): readonly string[] {
  let fixed = texts.get(alert);
  if (!fixed) {
    fixed = fixedText(alert);
    texts.set(alert, fixed);
  }
  const status = mutes.reasons.length === 0 && !group ? FREE_STATUS : JSON.stringify(statusJson(mutes, group));
  return [fixed.upToReceivers, receiversText(receivers), fixed.upToStatus, status, fixed.rest];
}

function fixedText(alert: GroupAlert): FixedText {
  const { annotations, fingerprint, startsAtMs, endsAtMs, generatorUrl } = alert;
  const [startsAt, endsAt, updatedAt] = [startsAtMs, endsAtMs, alert.updatedAtMs ?? startsAtMs].map(dateTime);
  const generator = generatorUrl === '' ? [] : [',"generatorURL":', JSON.stringify(generatorUrl)];
  // Joined, not added up: a sum would keep all of its parts.
  return {
    upToReceivers: [
      '{"annotations":',
      JSON.stringify(annotations),
      `,"endsAt":"${endsAt}","fingerprint":"${fingerprint}","receivers":`,
    ].join(''),
    upToStatus: [',"startsAt":"', startsAt, '","status":'].join(''),
    rest: [',"updatedAt":"', updatedAt, '"', ...generator, ',"labels":', labelsText(alert.labels), '}'].join(''),
  };
}

/** Labels as a JSON object. */
export function labelsText({ pairs }: Labels): string {
  const parts: string[] = [];
  for (let i = 0; i < pairs.length; i += 2)
    parts.push(i === 0 ? '{' : ',', JSON.stringify(pairs[i]), ':', JSON.stringify(pairs[i + 1]));
  return parts.length === 0 ? '{}' : [...parts, '}'].join('');
}

/** By the set of names, which listings share. */
const receiverTexts = new WeakMap<readonly string[], string>();

function receiversText(names: readonly string[]): string {
  let text = receiverTexts.get(names);
  if (text === undefined) {
    text = `[${names.map((name) => `{"name":${JSON.stringify(name)}}`).join(',')}]`;
    receiverTexts.set(names, text);
  }
  return text;
}

export function statusJson(mutes: AlertMutes, group?: MuteReason): AlertStatus {
  const reasons = group ? [...mutes.reasons, group] : mutes.reasons;
  return {
    inhibitedBy: mutes.inhibitedBy,
    mutedBy: group?.ids ?? [],
    silencedBy: mutes.silencedBy,
    state: group || isSuppressed(mutes) ? 'suppressed' : 'active',
    reasons: reasons.map(({ text }) => text),
  };
}

const FREE_STATUS = JSON.stringify(statusJson(FREE));
