import type { ReceiverKind } from '../receiver-kind.ts';
import { type WebexConfig, webexConfig } from './config.ts';
import { webexNotifier } from './webex.ts';

export const WEBEX: ReceiverKind<WebexConfig> = {
  key: 'webex_configs',
  integration: 'webex',
  schema: webexConfig,
  open: webexNotifier,
};
