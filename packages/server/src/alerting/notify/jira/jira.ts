import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ATTEMPT_TIMEOUT_MS } from '../attempt-timeout.ts';
import { type HttpTelling, httpNotifier } from '../http-notifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { Delivery, Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import type { JiraConfig } from './config.ts';
import { alertLabel, issueJson } from './issue.ts';

const MINUTE_MS = 60_000;

const foundSchema = z.looseObject({
  issues: z
    .array(
      z.looseObject({
        key: z.string(),
        fields: z
          .looseObject({ status: z.looseObject({ statusCategory: z.looseObject({ key: z.string() }) }).optional() })
          .optional(),
      }),
    )
    .default([]),
});
const createdSchema = z.looseObject({ key: z.string().default('') });
const transitionsSchema = z.looseObject({
  transitions: z.array(z.looseObject({ id: z.string(), name: z.string() })).default([]),
});

interface FoundIssue {
  readonly key: string;
  readonly isDone: boolean | undefined;
}

/**
 * Jira: one issue for a group. It is made when the group fires, updated while it does, and moved by the named transitions when the
 * group resolves or fires again. Issues are found by a label with the hash of the group's key.
 */
export function jiraNotifier(config: JiraConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  return httpNotifier('jira', config, deps, async (telling) => {
    const groupHash = createHash('sha256').update(telling.message.groupKey).digest('hex');
    const firing = telling.message.status === 'firing';
    const known = await findIssue(config, groupHash, telling);
    if (known === undefined && !firing) return { ok: true };
    const body = issueJson({ config, groupHash, telling, isUpdate: known !== undefined });
    if (known === undefined) {
      const created = await send(config, telling, 'POST', 'issue', body);
      const key = jsonAnswer(created, createdSchema)?.key ?? '';
      return key === '' ? { ok: true } : { ok: true, receiverSaid: key };
    }
    await send(config, telling, 'PUT', `issue/${encodeURIComponent(known.key)}`, body);
    return move(config, telling, known, firing);
  });
}

/** The newest issue of the group that is open, or was closed a while ago if it may be opened again. */
async function findIssue(config: JiraConfig, groupHash: string, telling: HttpTelling): Promise<FoundIssue | undefined> {
  const reopenMinutes = Math.floor(config.reopen_duration / MINUTE_MS);
  const mayReopen = telling.message.status === 'firing' && config.reopen_transition !== '' && reopenMinutes > 0;
  const jql = [
    ...(config.wont_fix_resolution === '' ? [] : [`resolution != ${quoted(config.wont_fix_resolution)}`]),
    mayReopen ? `(resolutiondate is EMPTY OR resolutiondate >= -${reopenMinutes}m)` : 'statusCategory != Done',
    `project=${quoted(telling.fill.text(config.project))}`,
    `labels=${quoted(alertLabel(groupHash))} order by status ASC,resolutiondate DESC`,
  ].join(' and ');
  const search = { jql, maxResults: 2, fields: ['status'] };
  const body = await send(config, telling, 'POST', searchUrl(config), search);
  const found = jsonAnswer(body, foundSchema);
  if (found === undefined) return telling.fail("the answer to the search is not Jira's; check api_url", false);
  const [issue] = found.issues;
  if (issue === undefined) return undefined;
  const category = issue.fields?.status?.statusCategory.key;
  return { key: issue.key, isDone: category === undefined ? undefined : category === 'done' };
}

/** Jira Cloud gave up the old search, and Data Center does not have the new one. */
function searchUrl({ api_type, api_url }: JiraConfig): string {
  const isCloud = api_type === 'cloud' || (api_type === 'auto' && new URL(api_url).hostname.endsWith('atlassian.net'));
  if (!isCloud) return pathUrl(api_url, 'search');
  const url = new URL(pathUrl(api_url, 'search/jql'));
  url.pathname = url.pathname.replace(/\/2\/search\/jql$/, '/3/search/jql');
  return url.href;
}

/** Moves the issue by the transition that the settings name for what happened; without a name it stays. */
async function move(config: JiraConfig, telling: HttpTelling, issue: FoundIssue, firing: boolean): Promise<Delivery> {
  const moved: Delivery = { ok: true, receiverSaid: issue.key };
  const name = firing ? config.reopen_transition : config.resolve_transition;
  if (issue.isDone === undefined || issue.isDone !== firing || name === '') return moved;
  const path = `issue/${encodeURIComponent(issue.key)}/transitions`;
  const offered = jsonAnswer(await send(config, telling, 'GET', path, undefined), transitionsSchema)?.transitions ?? [];
  const transition = offered.find((one) => one.name === name);
  if (transition === undefined) return telling.fail(`issue ${issue.key} has no transition "${name}"`, false);
  await send(config, telling, 'POST', path, { transition: { id: transition.id } });
  return moved;
}

async function send(
  { api_url }: JiraConfig,
  telling: HttpTelling,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body: object | undefined,
): Promise<Buffer> {
  const url = path.includes('://') ? path : pathUrl(api_url, path);
  // Names of transitions are in the language of the request.
  const headers = { 'accept-language': 'en', accept: 'application/json' };
  return (await telling.send({ url, method, headers, body, timeoutMs: ATTEMPT_TIMEOUT_MS })).body;
}

function pathUrl(apiUrl: string, path: string): string {
  const url = new URL(apiUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}

/** A text in JQL. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
