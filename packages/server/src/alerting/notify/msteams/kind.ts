import type { ReceiverKind } from '../receiver-kind.ts';
import { type MsteamsConfig, msteamsConfig } from './config.ts';
import { msteamsNotifier } from './msteams.ts';

export const MSTEAMS: ReceiverKind<MsteamsConfig> = {
  key: 'msteams_configs',
  integration: 'msteams',
  schema: msteamsConfig,
  open: msteamsNotifier,
};
