import type { ReceiverKind } from '../receiver-kind.ts';
import { type WebhookConfig, webhookConfig } from './config.ts';
import { webhookNotifier } from './webhook.ts';

export const WEBHOOK: ReceiverKind<WebhookConfig> = {
  key: 'webhook_configs',
  integration: 'webhook',
  schema: webhookConfig,
  open: webhookNotifier,
};
