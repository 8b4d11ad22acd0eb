import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, optionalSecret, optionalText, text, url } from '../settings.ts';

const API_URL_DEFAULT = 'https://api.twilio.com';
/** Long enough for a few labels, short enough that forty cameras are no novel on a phone. */
const SEGMENTS_DEFAULT = 3;
/** Twilio refuses bodies over 1,600 characters; ten segments of plain text are 1,530. */
const SEGMENTS_MAX = 10;
/** Numbers one receiver may ring; a larger list is a mailing list, not an on-call rota. */
const NUMBERS_MAX = 50;

const MESSAGE_DEFAULT =
  '[{{ if eq .Status "firing" }}FIRING {{ len .Alerts.Firing }}{{ else }}RESOLVED {{ len .Alerts.Resolved }}{{ end }}]' +
  ' {{ range .GroupLabels.SortedPairs }}{{ .Value }} {{ else }}{{ with .CommonLabels.alertname }}{{ . }} {{ end }}{{ end }}' +
  '{{ .CommonAnnotations.summary }}';

const E164 = /^\+[1-9]\d{4,14}$/;
const phone = text.refine((number) => E164.test(number), {
  error: 'must be a phone number such as +4915112345678',
});

/** One entry of `twilio_configs`, Vedette's own kind: text messages by Twilio's Programmable Messaging. */
export const twilioConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      api_url: url.default(API_URL_DEFAULT),
      account_sid: text.refine((sid) => /^AC[0-9a-fA-F]{32}$/.test(sid), {
        error: 'must be an account SID: AC and 32 hexadecimal digits',
      }),
      auth_token: optionalSecret,
      auth_token_file: optionalText,
      /** A number, a sender name of up to 11 letters and digits, or a messaging service's SID. */
      from: text.refine(
        (from) =>
          E164.test(from) || /^MG[0-9a-fA-F]{32}$/.test(from) || /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/.test(from),
        { error: 'must be a phone number such as +4915112345678, a sender name, or a messaging service SID (MG…)' },
      ),
      to: z
        .union([phone.transform((number) => [number]), z.array(phone).min(1, { error: 'name at least one number' })])
        .refine((numbers) => numbers.length <= NUMBERS_MAX, { error: `at most ${NUMBERS_MAX} numbers` }),
      message: text.default(MESSAGE_DEFAULT),
      /** What a message is cut to: 153 characters each (160 when there is one), 67 (70) when any needs UCS-2. */
      max_segments: z.int().min(1).max(SEGMENTS_MAX).default(SEGMENTS_DEFAULT),
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'auth_token', 'auth_token_file');
      if (!isSet(config.auth_token) && !isSet(config.auth_token_file))
        problem(context, 'auth_token', 'one of auth_token or auth_token_file must be configured');
    })
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type TwilioConfig = z.output<ReturnType<typeof twilioConfig>>;
