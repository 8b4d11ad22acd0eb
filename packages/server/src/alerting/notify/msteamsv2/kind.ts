import type { ReceiverKind } from '../receiver-kind.ts';
import { type Msteamsv2Config, msteamsv2Config } from './config.ts';
import { msteamsv2Notifier } from './msteamsv2.ts';

export const MSTEAMSV2: ReceiverKind<Msteamsv2Config> = {
  key: 'msteamsv2_configs',
  integration: 'msteamsv2',
  schema: msteamsv2Config,
  open: msteamsv2Notifier,
};
