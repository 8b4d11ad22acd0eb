import type { ReceiverKind } from '../receiver-kind.ts';
import { type DiscordConfig, discordConfig } from './config.ts';
import { discordNotifier } from './discord.ts';

export const DISCORD: ReceiverKind<DiscordConfig> = {
  key: 'discord_configs',
  integration: 'discord',
  schema: discordConfig,
  open: discordNotifier,
};
