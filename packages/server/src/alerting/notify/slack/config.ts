import { z } from 'zod';
import { Secret, secret } from '../../../base/config-schema.ts';
import type { HttpClientConfig } from '../../../base/http-client/index.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import {
  attemptTimeout,
  atMostOne,
  httpConfig,
  httpConfigOf,
  httpUrl,
  isSet,
  orNone,
  problem,
  secretHttpUrl,
} from '../config-parts.ts';

/** Where messages of an app go, and the one address whose messages can be changed later. */
export const SLACK_POST_MESSAGE = 'https://slack.com/api/chat.postMessage';

const confirm = z.strictObject({
  text: z.string().min(1, { error: 'missing text in Slack confirmation configuration' }),
  title: z.string().default(''),
  ok_text: z.string().default(''),
  dismiss_text: z.string().default(''),
});

const action = z
  .strictObject({
    type: z.string().default(''),
    text: z.string().default(''),
    url: z.string().default(''),
    style: z.string().default(''),
    name: z.string().default(''),
    value: z.string().default(''),
    confirm: confirm.optional(),
  })
  .superRefine((value, context) => {
    if (value.type === '') problem(context, 'type', 'missing type in Slack action configuration');
    if (value.text === '') problem(context, 'text', 'missing text in Slack action configuration');
    if (value.url === '' && value.name === '')
      problem(context, 'url', 'missing name or url in Slack action configuration');
  })
  // A link needs no name; what belongs to a message button is dropped then.
  .transform((value) => (value.url === '' ? value : { ...value, name: '', value: '', confirm: undefined }));

const field = z
  .strictObject({ title: z.string().default(''), value: z.string().default(''), short: z.boolean().optional() })
  .superRefine((value, context) => {
    if (value.title === '') problem(context, 'title', 'missing title in Slack field configuration');
    if (value.value === '') problem(context, 'value', 'missing value in Slack field configuration');
  });

const byTemplate = (name: string) => z.string().default(`{{ template "slack.default.${name}" . }}`);

/** One entry of `slack_configs`. Spec: Alertmanager documentation, `<slack_config>`. */
export const slackConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(false),
      http_config: httpConfig,
      api_url: secretHttpUrl.optional(),
      api_url_file: z.string().optional(),
      app_token: secret.optional(),
      app_token_file: z.string().optional(),
      app_url: httpUrl.optional(),
      channel: z.string().default(''),
      username: byTemplate('username'),
      color: byTemplate('color'),
      title: byTemplate('title'),
      title_link: byTemplate('titlelink'),
      pretext: byTemplate('pretext'),
      text: byTemplate('text'),
      message_text: z.string().default(''),
      fields: z.array(field).default([]),
      short_fields: z.boolean().default(false),
      footer: byTemplate('footer'),
      fallback: byTemplate('fallback'),
      callback_id: byTemplate('callbackid'),
      icon_emoji: byTemplate('iconemoji'),
      icon_url: byTemplate('iconurl'),
      image_url: z.string().default(''),
      thumb_url: z.string().default(''),
      link_names: z.boolean().default(false),
      mrkdwn_in: z.array(z.string()).default([]),
      actions: z.array(action).default([]),
      update_message: z.boolean().default(false),
      timeout: attemptTimeout,
    })
    .superRefine((config, context) => {
      atMostOne(context, config, 'api_url', 'api_url_file');
      atMostOne(context, config, 'app_token', 'app_token_file');
      const url = isSet(config.api_url) || isSet(config.api_url_file);
      const token = isSet(config.app_token) || isSet(config.app_token_file);
      if (url && token)
        problem(
          context,
          'api_url',
          'at most one of api_url/api_url_file & app_token/app_token_file must be configured',
        );
      if (config.update_message && config.api_url?.reveal() !== SLACK_POST_MESSAGE)
        problem(
          context,
          'update_message',
          `update_message can only be used with bot tokens. api_url must be set to ${SLACK_POST_MESSAGE}`,
        );
    })
    .transform((config, context) => {
      const way = wayTo(config, global);
      if (typeof way === 'string') {
        problem(context, 'api_url', way);
        return z.NEVER;
      }
      return { ...config, ...way };
    });

export type SlackConfig = z.output<ReturnType<typeof slackConfig>>;

interface Written {
  readonly http_config?: HttpClientConfig | undefined;
  readonly api_url?: Secret | undefined;
  readonly api_url_file?: string | undefined;
  readonly app_token?: Secret | undefined;
  readonly app_token_file?: string | undefined;
  readonly app_url?: string | undefined;
}

interface Way {
  readonly api_url: Secret | undefined;
  readonly api_url_file: string | undefined;
  readonly http_config: HttpClientConfig;
}

/** Address and credentials: a token goes to the app's address, else a webhook's address says it all. Or what is wrong. */
function wayTo(written: Written, global: AlertmanagerGlobal): Way | string {
  const http = httpConfigOf(written.http_config, global);
  const ownToken = isSet(written.app_token) || isSet(written.app_token_file);
  const ownUrl = isSet(written.api_url) || isSet(written.api_url_file);
  // Who brings an address or credentials of their own does not want the token of all.
  const globalToken = !ownToken && !ownUrl && written.http_config?.authorization === undefined;
  const token = orNone(ownToken ? written.app_token : globalToken ? global.slack_app_token : undefined);
  const tokenFile = orNone(ownToken ? written.app_token_file : globalToken ? global.slack_app_token_file : undefined);
  if (token !== undefined || tokenFile !== undefined) {
    if (http.authorization !== undefined) return "http authorization can't be set when using Slack App tokens";
    const appUrl = orNone(written.app_url) ?? orNone(global.slack_app_url) ?? SLACK_POST_MESSAGE;
    return {
      api_url: new Secret(appUrl),
      api_url_file: undefined,
      http_config: {
        ...http,
        authorization: { type: 'Bearer', credentials: token, credentials_file: tokenFile },
      },
    };
  }
  const url = orNone(ownUrl ? written.api_url : global.slack_api_url);
  const urlFile = orNone(ownUrl ? written.api_url_file : global.slack_api_url_file);
  if (url === undefined && urlFile === undefined)
    return 'no Slack API URL nor App token set either inline or in a file';
  return { api_url: url, api_url_file: urlFile, http_config: http };
}
