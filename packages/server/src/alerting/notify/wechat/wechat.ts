import { z } from 'zod';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import { shortWords } from '../retry.ts';
import type { WechatConfig } from './config.ts';

/** WeCom gives tokens for two hours, and refuses who asks for a new one each time. */
const TOKEN_LIFE_MS = 2 * 3_600_000;
/** "Invalid access token", "access token expired": a new one helps. */
const TOKEN_CODES: ReadonlySet<number> = new Set([40_014, 42_001]);
/** "API frequency out of limit", and "system busy". */
const BUSY_CODES: ReadonlySet<number> = new Set([-1, 45_009, 45_033]);

const answerSchema = z.looseObject({
  errcode: z.number().default(0),
  errmsg: z.string().default(''),
  access_token: z.string().default(''),
});

/** WeChat for work: a token by the corporation's secret, then one message to users, departments or tags. */
export function wechatNotifier(config: WechatConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  const base = config.api_url.endsWith('/') ? config.api_url : `${config.api_url}/`;
  let token = '';
  let tokenUntilMs = 0;

  const freshToken = async (telling: HttpTelling): Promise<string> => {
    if (token !== '' && deps.clock.monotonicMs() < tokenUntilMs) return token;
    const url = new URL('gettoken', base);
    url.searchParams.set('corpsecret', (await telling.secret(config.api_secret, config.api_secret_file)) ?? '');
    url.searchParams.set('corpid', telling.fill.text(config.corp_id));
    const request = { url: url.href, method: 'GET', body: undefined, timeoutMs: ATTEMPT_TIMEOUT_MS } as const;
    const said = jsonAnswer((await telling.send(request)).body, answerSchema);
    if (said === undefined || said.access_token === '')
      return telling.fail(`no token: ${shortWords(said?.errmsg ?? 'the answer is not JSON')}`, said === undefined);
    token = said.access_token;
    tokenUntilMs = deps.clock.monotonicMs() + TOKEN_LIFE_MS;
    return token;
  };

  return httpNotifier('wechat', config, deps, async (telling) => {
    const current = await freshToken(telling);
    telling.hide(current);
    const url = new URL('message/send', base);
    url.searchParams.set('access_token', current);
    const body = messageJson(config, telling.fill.text);
    const answer = await telling.send({ url: url.href, body, timeoutMs: ATTEMPT_TIMEOUT_MS });
    const said = jsonAnswer(answer.body, answerSchema);
    if (said === undefined) return telling.fail("the answer is not WeChat's", true);
    if (said.errcode === 0) return { ok: true };
    const isStale = TOKEN_CODES.has(said.errcode);
    if (isStale) token = '';
    return telling.fail(`code ${said.errcode}: ${shortWords(said.errmsg)}`, isStale || BUSY_CODES.has(said.errcode));
  });
}

function messageJson(config: WechatConfig, text: (template: string) => string): object {
  const content = { content: text(config.message) };
  return {
    touser: text(config.to_user),
    toparty: text(config.to_party),
    totag: text(config.to_tag),
    agentid: text(config.agent_id),
    safe: '0',
    msgtype: config.message_type,
    ...(config.message_type === 'markdown' ? { markdown: content } : { text: content }),
  };
}
