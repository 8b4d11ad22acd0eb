import type { AlertNoisePair, AlertNoiseProposal, AlertNoiseRule } from '@vedette/wire/http';
import { formatDuration } from '../../../base/units.ts';
import { FLAP_MS, FOR_STEPS_MS, type RuleNoise } from './rule-noise.ts';

/** Fewer fires are no pattern. */
const FIRES_MIN = 5;
/** A rule that fired this often and moved nobody is looked at for its threshold. */
const IGNORED_FIRES_MIN = 20;
const DIFFERENT_VALUES_MIN = 5;
const SHORT_SHARE_MIN = 0.5;
const FLAP_SHARE_MIN = 0.3;
/** An inhibition must not hide what happens without its source. */
const INHIBIT_SHARE_MIN = 0.8;
const PROPOSALS_MAX = 100;
const MINUTE_MS = 60_000;

export interface NoiseFacts {
  readonly rules: readonly RuleNoise[];
  readonly together: readonly AlertNoisePair[];
  /** Acknowledgements of any alert in the time; with none, nothing is concluded from their absence. */
  readonly acknowledgements: number;
  readonly days: number;
}

/** What could be done about the noise, each with the numbers it rests on; what would spare most comes first. */
export function proposals({ rules, together, acknowledgements, days }: NoiseFacts): readonly AlertNoiseProposal[] {
  const all = [
    ...rules.flatMap((noise) => [longerFor(noise, days), keepFiring(noise, days)]),
    ...(acknowledgements > 0 ? rules.flatMap((noise) => [threshold(noise, days), businessHours(noise, days)]) : []),
    ...together.map((pair) => inhibition(pair, days)),
  ];
  return all
    .filter((proposal) => proposal !== undefined)
    .sort((a, b) => b.wouldSpare - a.wouldSpare)
    .slice(0, PROPOSALS_MAX);
}

function longerFor({ rule, endedWithin }: RuleNoise, days: number): AlertNoiseProposal | undefined {
  if (rule.shortFires < FIRES_MIN || rule.shortFires < rule.fires * SHORT_SHARE_MIN) return undefined;
  const step = endedWithin.findIndex((count) => count >= rule.fires * SHORT_SHARE_MIN);
  const extraMs = FOR_STEPS_MS[step];
  const spared = endedWithin[step];
  if (extraMs === undefined || spared === undefined) return undefined;
  const extra = formatDuration(extraMs);
  return {
    kind: 'for',
    rule: rule.name,
    text: `Raise \`for\` of ${rule.name} by ${extra}: most of its fires end by themselves before that.`,
    evidence: `${spared} of ${rule.fires} fires in ${inDays(days)} ended within ${extra}, and nobody acknowledged any of those.`,
    wouldSpare: spared,
    yaml: null,
  };
}

function keepFiring({ rule }: RuleNoise, days: number): AlertNoiseProposal | undefined {
  if (rule.flaps < FIRES_MIN || rule.flaps < rule.fires * FLAP_SHARE_MIN || rule.flapGapP90Seconds === null)
    return undefined;
  const keep = formatDuration(Math.ceil((rule.flapGapP90Seconds * 1000) / MINUTE_MS) * MINUTE_MS);
  return {
    kind: 'keep-firing-for',
    rule: rule.name,
    text: `Give ${rule.name} \`keep_firing_for: ${keep}\`: it ends and comes back again and again.`,
    evidence:
      `${rule.flaps} of ${rule.fires} fires in ${inDays(days)} came within ${formatDuration(FLAP_MS)} of the end of the one before, ` +
      `nine of ten of them within ${keep}.`,
    wouldSpare: Math.floor(rule.flaps * 0.9),
    yaml: `- alert: ${JSON.stringify(rule.name)}\n  keep_firing_for: ${keep}\n`,
  };
}

function threshold({ rule, value }: RuleNoise, days: number): AlertNoiseProposal | undefined {
  if (!isIgnored(rule, IGNORED_FIRES_MIN) || value.different < DIFFERENT_VALUES_MIN) return undefined;
  return {
    kind: 'threshold',
    rule: rule.name,
    text: `Look at the threshold of ${rule.name}: with ${short(value.median)} instead, half of its fires would not have been.`,
    evidence:
      `${rule.fires} fires in ${inDays(days)}, none acknowledged; ` +
      `their values began between ${short(value.low)} and ${short(value.high)} (nine and one of ten), half of them beyond ${short(value.median)}.`,
    wouldSpare: Math.floor(rule.fires / 2),
    yaml: null,
  };
}

function businessHours({ rule, nightAcknowledged }: RuleNoise, days: number): AlertNoiseProposal | undefined {
  if (rule.nightFires < FIRES_MIN || nightAcknowledged > 0 || rule.notifications === 0) return undefined;
  return {
    kind: 'business-hours',
    rule: rule.name,
    text: `Hold ${rule.name} until morning, or lower its severity: at night nobody acts on it.`,
    evidence: `${rule.nightFires} of ${rule.fires} fires in ${inDays(days)} were at night, and none of those was acknowledged.`,
    wouldSpare: rule.nightFires,
    yaml: null,
  };
}

function inhibition(pair: AlertNoisePair, days: number): AlertNoiseProposal | undefined {
  const { first, second, both, secondFires, lift, shareOfSecond, equal } = pair;
  if (shareOfSecond < INHIBIT_SHARE_MIN) return undefined;
  const where = equal.length === 0 ? '' : ` where ${equal.join(', ')} ${equal.length === 1 ? 'is' : 'are'} equal`;
  return {
    kind: 'inhibit',
    rule: second,
    text: `Let ${first} inhibit ${second}${where}: ${second} hardly ever comes alone.`,
    evidence:
      `${both} of the ${secondFires} times that ${second} began to fire in ${inDays(days)}, ${first} began within the same five minutes: ` +
      `${short(lift)} times as often as by chance.`,
    wouldSpare: both,
    // Without a label in common one site's trouble would hide another's.
    yaml: equal.length === 0 ? null : inhibitYaml(first, second, equal),
  };
}

function inhibitYaml(source: string, target: string, equal: readonly string[]): string {
  const matcher = (name: string): string => JSON.stringify(`alertname=${JSON.stringify(name)}`);
  return [
    'inhibit_rules:',
    `  - source_matchers: [${matcher(source)}]`,
    `    target_matchers: [${matcher(target)}]`,
    `    equal: [${equal.map((name) => JSON.stringify(name)).join(', ')}]`,
    '',
  ].join('\n');
}

function isIgnored(rule: AlertNoiseRule, firesMin: number): boolean {
  return rule.fires >= firesMin && rule.acknowledged === 0 && rule.notifications > 0;
}

function inDays(days: number): string {
  return days === 1 ? 'a day' : `${days} days`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
