import type { ReceiverKind } from '../receiver-kind.ts';
import { type EmailConfig, emailConfig } from './config.ts';
import { emailNotifier } from './email.ts';

export const EMAIL: ReceiverKind<EmailConfig> = {
  key: 'email_configs',
  integration: 'email',
  schema: emailConfig,
  open: (config, deps) => emailNotifier(config, deps),
};
