import type { ReceiverKind } from '../receiver-kind.ts';
import { type SnsConfig, snsConfig } from './config.ts';
import { snsNotifier } from './sns.ts';

export const SNS: ReceiverKind<SnsConfig> = {
  key: 'sns_configs',
  integration: 'sns',
  schema: snsConfig,
  open: snsNotifier,
};
