import type { ReceiverKind } from '../receiver-kind.ts';
import { type SlackConfig, slackConfig } from './config.ts';
import { slackNotifier } from './slack.ts';

export const SLACK: ReceiverKind<SlackConfig> = {
  key: 'slack_configs',
  integration: 'slack',
  schema: slackConfig,
  open: slackNotifier,
};
