import { OPSGENIE } from './opsgenie/kind.ts';
import { PAGERDUTY } from './pagerduty/kind.ts';
import { PUSHOVER } from './pushover/kind.ts';
import type { ReceiverKind } from './receiver-kind.ts';
import { SLACK } from './slack/kind.ts';
import { VICTOROPS } from './victorops/kind.ts';
import { WEBHOOK } from './webhook/kind.ts';

/** All kinds of receivers; those of one receiver are numbered in this order. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [WEBHOOK, PAGERDUTY, OPSGENIE, SLACK, VICTOROPS, PUSHOVER];
