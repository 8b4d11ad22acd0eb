import type { ReceiverKind } from '../receiver-kind.ts';
import { type RocketchatConfig, rocketchatConfig } from './config.ts';
import { rocketchatNotifier } from './rocketchat.ts';

export const ROCKETCHAT: ReceiverKind<RocketchatConfig> = {
  key: 'rocketchat_configs',
  integration: 'rocketchat',
  schema: rocketchatConfig,
  open: rocketchatNotifier,
};
