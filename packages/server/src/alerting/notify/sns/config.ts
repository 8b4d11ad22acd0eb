import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf, isSet, problem } from '../config-parts.ts';
import { httpReceiver, optionalSecret, optionalText, text } from '../settings.ts';

const sigv4 = z
  .strictObject({
    region: optionalText,
    access_key: optionalText,
    secret_key: optionalSecret,
    profile: optionalText,
    role_arn: optionalText,
    external_id: optionalText,
    use_fips_sts_endpoint: z.boolean().default(false),
  })
  .superRefine((keys, context) => {
    if (isSet(keys.access_key) !== isSet(keys.secret_key))
      problem(
        context,
        isSet(keys.access_key) ? 'secret_key' : 'access_key',
        'must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config',
      );
  });

/** One entry of `sns_configs`. */
export const snsConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      /** Default: the endpoint of the region. */
      api_url: optionalText,
      sigv4: sigv4.prefault({}),
      topic_arn: optionalText,
      phone_number: optionalText,
      target_arn: optionalText,
      subject: text.default('{{ template "sns.default.subject" . }}'),
      message: text.default('{{ template "sns.default.message" . }}'),
      attributes: z
        .record(z.string(), text)
        .nullish()
        .transform((attributes) => attributes ?? {}),
      /** Alertmanager's choice between two clients of its own; there is one here. */
      use_aws_http_client: z.boolean().optional(),
    })
    .superRefine((config, context) => {
      if ([config.topic_arn, config.phone_number, config.target_arn].filter(isSet).length !== 1)
        problem(context, 'topic_arn', 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config');
    })
    .transform((config) => ({ ...config, http_config: httpConfigOf(config.http_config, global) }));

export type SnsConfig = z.output<ReturnType<typeof snsConfig>>;
