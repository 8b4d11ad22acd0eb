import { DISCORD } from './discord/kind.ts';
import { INCIDENTIO } from './incidentio/kind.ts';
import { JIRA } from './jira/kind.ts';
import { MATTERMOST } from './mattermost/kind.ts';
import { MSTEAMS } from './msteams/kind.ts';
import { MSTEAMSV2 } from './msteamsv2/kind.ts';
import { EMAIL } from './email/kind.ts';
import { OPSGENIE } from './opsgenie/kind.ts';
import { PAGERDUTY } from './pagerduty/kind.ts';
import { PUSHOVER } from './pushover/kind.ts';
import type { ReceiverKind } from './receiver-kind.ts';
import { ROCKETCHAT } from './rocketchat/kind.ts';
import { SLACK } from './slack/kind.ts';
import { SNS } from './sns/kind.ts';
import { TELEGRAM } from './telegram/kind.ts';
import { TWILIO } from './twilio/kind.ts';
import { VICTOROPS } from './victorops/kind.ts';
import { WEBEX } from './webex/kind.ts';
import { WEBHOOK } from './webhook/kind.ts';
import { WECHAT } from './wechat/kind.ts';

/** All kinds of receivers; those of one receiver are numbered in this order, which is Alertmanager's. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [
  WEBHOOK,
  EMAIL,
  PAGERDUTY,
  OPSGENIE,
  WECHAT,
  SLACK,
  VICTOROPS,
  PUSHOVER,
  SNS,
  TELEGRAM,
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
