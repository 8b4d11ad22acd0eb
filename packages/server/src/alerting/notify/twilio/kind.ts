import type { ReceiverKind } from '../receiver-kind.ts';
import { type TwilioConfig, twilioConfig } from './config.ts';
import { twilioNotifier } from './twilio.ts';

export const TWILIO: ReceiverKind<TwilioConfig> = {
  key: 'twilio_configs',
  integration: 'twilio',
  schema: twilioConfig,
  open: twilioNotifier,
};
