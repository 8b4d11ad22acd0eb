import type { ReceiverKind } from '../receiver-kind.ts';
import { type PushoverConfig, pushoverConfig } from './config.ts';
import { pushoverNotifier } from './pushover.ts';

export const PUSHOVER: ReceiverKind<PushoverConfig> = {
  key: 'pushover_configs',
  integration: 'pushover',
  schema: pushoverConfig,
  open: (config, deps) => pushoverNotifier(config, deps),
};
