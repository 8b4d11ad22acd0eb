import type { ReceiverKind } from '../receiver-kind.ts';
import { type WechatConfig, wechatConfig } from './config.ts';
import { wechatNotifier } from './wechat.ts';

export const WECHAT: ReceiverKind<WechatConfig> = {
  key: 'wechat_configs',
  integration: 'wechat',
  schema: wechatConfig,
  open: wechatNotifier,
};
