import { DISCORD } from './discord/kind.ts';
import { INCIDENTIO } from './incidentio/kind.ts';
import { JIRA } from './jira/kind.ts';
import { MATTERMOST } from './mattermost/kind.ts';
import { MSTEAMS } from './msteams/kind.ts';
import { MSTEAMSV2 } from './msteamsv2/kind.ts';
import type { ReceiverKind } from './receiver-kind.ts';
import { ROCKETCHAT } from './rocketchat/kind.ts';
import { SNS } from './sns/kind.ts';
import { TWILIO } from './twilio/kind.ts';
import { WEBEX } from './webex/kind.ts';
import { WEBHOOK } from './webhook/kind.ts';
import { WECHAT } from './wechat/kind.ts';

/** All kinds of receivers; those of one receiver are numbered in this order. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [
  WEBHOOK,
  WECHAT,
  SNS,
  DISCORD,
  WEBEX,
  MSTEAMS,
  MSTEAMSV2,
  JIRA,
  ROCKETCHAT,
  MATTERMOST,
  INCIDENTIO,
  TWILIO,
];
