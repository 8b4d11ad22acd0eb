import type { ReceiverKind } from '../receiver-kind.ts';
import { type OpsgenieConfig, opsgenieConfig } from './config.ts';
import { opsgenieNotifier } from './opsgenie.ts';

export const OPSGENIE: ReceiverKind<OpsgenieConfig> = {
  key: 'opsgenie_configs',
  integration: 'opsgenie',
  schema: opsgenieConfig,
  open: opsgenieNotifier,
};
