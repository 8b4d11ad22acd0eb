import type { ReceiverKind } from '../receiver-kind.ts';
import { type PagerdutyConfig, pagerdutyConfig } from './config.ts';
import { pagerdutyNotifier } from './pagerduty.ts';

export const PAGERDUTY: ReceiverKind<PagerdutyConfig> = {
  key: 'pagerduty_configs',
  integration: 'pagerduty',
  schema: pagerdutyConfig,
  open: (config, deps) => pagerdutyNotifier(config, deps),
};
