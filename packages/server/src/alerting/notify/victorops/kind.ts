import type { ReceiverKind } from '../receiver-kind.ts';
import { type VictoropsConfig, victoropsConfig } from './config.ts';
import { victoropsNotifier } from './victorops.ts';

export const VICTOROPS: ReceiverKind<VictoropsConfig> = {
  key: 'victorops_configs',
  integration: 'victorops',
  schema: victoropsConfig,
  open: victoropsNotifier,
};
