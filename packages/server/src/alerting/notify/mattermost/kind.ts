import type { ReceiverKind } from '../receiver-kind.ts';
import { type MattermostConfig, mattermostConfig } from './config.ts';
import { mattermostNotifier } from './mattermost.ts';

export const MATTERMOST: ReceiverKind<MattermostConfig> = {
  key: 'mattermost_configs',
  integration: 'mattermost',
  schema: mattermostConfig,
  open: mattermostNotifier,
};
