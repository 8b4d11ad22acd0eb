import type { ReceiverKind } from '../receiver-kind.ts';
import { type TelegramConfig, telegramConfig } from './config.ts';
import { telegramNotifier } from './telegram.ts';

export const TELEGRAM: ReceiverKind<TelegramConfig> = {
  key: 'telegram_configs',
  integration: 'telegram',
  schema: telegramConfig,
  open: telegramNotifier,
};
