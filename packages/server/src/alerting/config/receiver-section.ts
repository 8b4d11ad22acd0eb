import { z } from 'zod';
import type { ReceiverKind } from '../notify/receiver-kind.ts';
import type { AlertmanagerGlobal, IntegrationConfig, ReceiverModel } from './model.ts';
import { ARRIVAL, refusedKey } from './refused-key.ts';

/** Kinds of Alertmanager's; those without a ReceiverKind are refused by name. */
const KNOWN_KEYS = [
  'discord',
  'email',
  'incidentio',
  'jira',
  'mattermost',
  'msteams',
  'msteamsv2',
  'opsgenie',
  'pagerduty',
  'pushover',
  'rocketchat',
  'slack',
  'sns',
  'telegram',
  'victorops',
  'webex',
  'webhook',
  'wechat',
].map((kind) => `${kind}_configs`);

/** One receiver as the file has it: a name, and a list for each kind of integration. */
export function receiverSchema(kinds: readonly ReceiverKind[], global: AlertmanagerGlobal) {
  const available = kinds.map((kind) => [kind.key, z.array(kind.schema(global)).default([])] as const);
  const names = new Set(kinds.map(({ key }) => key));
  const missing = KNOWN_KEYS.filter((key) => !names.has(key)).map(
    (key) => [key, refusedKey(key, ARRIVAL.withReceivers)] as const,
  );
  const lists: Readonly<Record<string, z.ZodType>> = {
    ...Object.fromEntries(available),
    ...Object.fromEntries(missing),
  };
  const missingName = 'missing name in receiver';
  const shape = {
    name: z.string({ error: missingName }).min(1, { error: missingName }),
    labels: z.record(z.string(), z.string()).optional(),
  };
  return z.strictObject({ ...shape, ...lists } as typeof shape).superRefine(({ name, labels }, context) => {
    const said = labels?.name;
    if (said === undefined || said === name) return;
    const message = `receiver label "name" must match receiver name ${JSON.stringify(name)}, got ${JSON.stringify(said)}`;
    context.addIssue({ code: 'custom', path: ['labels', 'name'], message });
  });
}

/** What a `receiverSchema` made; beside the name a list for each of its kinds. */
export interface ReceiverSection {
  readonly name: string;
  readonly [key: string]: unknown;
}

export function receiverModel(section: ReceiverSection, kinds: readonly ReceiverKind[]): ReceiverModel {
  const listOf = (key: string) => section[key] as readonly IntegrationConfig[];
  const labels = section.labels as Readonly<Record<string, string>> | undefined;
  return {
    name: section.name,
    ...(labels && { labels }),
    integrations: kinds.flatMap(({ key }) =>
      listOf(key).map((config) => ({ kind: key, config, sendResolved: config.send_resolved })),
    ),
  };
}
