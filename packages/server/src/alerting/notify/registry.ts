import type { ReceiverKind } from './receiver-kind.ts';
import { WEBHOOK } from './webhook/kind.ts';

/** All kinds of receivers; those of one receiver are numbered in this order. */
export const RECEIVER_KINDS: readonly ReceiverKind[] = [WEBHOOK];
