import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { JIRA } from '../../../src/alerting/notify/jira/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import type { ReceivedRequest, ReceiverAnswer } from '../../support/receiver-server.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

const LABEL = `ALERT{${createHash('sha256').update('{}:{alertname="CameraDown"}').digest('hex')}}`;
const down = aMessage(['gate']);
const up = aMessage(['gate'], ['gate']);

interface Issue {
  readonly key: string;
  status: 'new' | 'done';
  fields: Record<string, unknown>;
}

/** As much of Jira as a notifier sees: issues that are found by their label, and two transitions. */
class Jira {
  readonly issues: Issue[] = [];
  readonly jql: string[] = [];

  answer({ method, path, headers, body }: ReceivedRequest): ReceiverAnswer {
    if (headers.authorization !== `Basic ${Buffer.from('bot:token').toString('base64')}`) return { status: 401 };
    const sent =
      body === '' ? {} : (JSON.parse(body) as { jql?: string; fields?: object; transition?: { id: string } });
    if (path.endsWith('/search') || path.endsWith('/search/jql'))
      return { body: { issues: this.#find(sent.jql ?? '') } };
    if (method === 'POST' && path.endsWith('/issue')) {
      this.issues.push({ key: `OPS-${this.issues.length + 1}`, status: 'new', fields: { ...sent.fields } });
      return { status: 201, body: { key: `OPS-${this.issues.length}` } };
    }
    const issue = this.issues.find(({ key }) => path.includes(`/issue/${key}`));
    if (!issue) return { status: 404 };
    if (method === 'PUT') issue.fields = { ...issue.fields, ...sent.fields };
    else if (method === 'GET')
      return {
        body: {
          transitions: [
            { id: '11', name: 'Done' },
            { id: '12', name: 'Reopen' },
          ],
        },
      };
    else issue.status = sent.transition?.id === '11' ? 'done' : 'new';
    return { status: 204 };
  }

  #find(jql: string): object[] {
    this.jql.push(jql);
    const open = jql.includes('statusCategory != Done');
    return this.issues
      .filter(({ fields, status }) => (fields.labels as string[]).includes(LABEL) && (!open || status !== 'done'))
      .map(({ key, status }) => ({ key, fields: { status: { name: status, statusCategory: { key: status } } } }));
  }
}

const settings = (url: string, more: object = {}) => ({
  api_url: `${url}/rest/api/2/`,
  project: 'OPS',
  issue_type: 'Bug',
  summary: '{{ .GroupLabels.alertname }}: {{ .Status }}',
  description: '{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}',
  priority: '{{ if eq .CommonLabels.severity "critical" }}High{{ end }}',
  labels: ['vedette', '{{ .CommonLabels.severity }}'],
  resolve_transition: 'Done',
  reopen_transition: 'Reopen',
  reopen_duration: '2d',
  http_config: { basic_auth: { username: 'bot', password: 'token' } },
  ...more,
});

async function openJira(more: object = {}) {
  const jira = new Jira();
  const chat = await openChat((request) => jira.answer(request));
  return { jira, chat, ...openNotifier(JIRA, settings(chat.url, more)) };
}

describe('Jira', () => {
  it('makes one issue for a group, updates it, closes it when it is over, and opens it again', async () => {
    const { jira, tell } = await openJira({
      fields: { customfield_1: [{ value: '{{ .Receiver }}' }], customfield_2: 7 },
    });
    expect(await tell(down)).toEqual({ ok: true, receiverSaid: 'OPS-1' });
    expect(jira.issues[0]?.fields).toEqual({
      project: { key: 'OPS' },
      issuetype: { name: 'Bug' },
      summary: 'CameraDown: firing',
      description: 'gate is down\n',
      labels: [LABEL, 'critical', 'vedette'],
      priority: { name: 'High' },
      customfield_1: [{ value: 'chat' }],
      customfield_2: 7,
    });
    expect(await tell(aMessage(['gate', 'yard']))).toEqual({ ok: true, receiverSaid: 'OPS-1' });
    expect(jira.issues).toMatchObject([{ status: 'new', fields: { description: 'gate is down\nyard is down\n' } }]);
    expect(await tell(up)).toMatchObject({ ok: true });
    expect(jira.issues).toMatchObject([{ status: 'done', fields: { summary: 'CameraDown: resolved' } }]);
    expect(await tell(down)).toEqual({ ok: true, receiverSaid: 'OPS-1' });
    expect(jira.issues).toMatchObject([{ status: 'new' }]);
    expect(jira.jql[0]).toBe(
      `(resolutiondate is EMPTY OR resolutiondate >= -2880m) and project="OPS" and labels="${LABEL}" order by status ASC,resolutiondate DESC`,
    );
    expect(jira.jql[2]).toMatch(/^statusCategory != Done and project="OPS"/);
  });

  it('makes no issue for what is over already', async () => {
    const { jira, tell } = await openJira();
    expect(await tell(up)).toEqual({ ok: true });
    expect(jira.issues).toEqual([]);
  });

  it('makes a new issue when the old one may not be opened again', async () => {
    const { jira, tell } = await openJira({ reopen_duration: '0s', wont_fix_resolution: 'Won"t' });
    for (const message of [down, up, down]) await tell(message);
    expect(jira.issues.map(({ status }) => status)).toEqual(['done', 'new']);
    expect(jira.jql[0]).toContain('resolution != "Won\\"t" and statusCategory != Done');
  });

  it('leaves what people changed where the settings say so', async () => {
    const { jira, tell } = await openJira({
      summary: { template: '{{ .Status }}', enable_update: false },
      labels: { values: ['a'], enable_update: false },
    });
    await tell(down);
    const [issue] = jira.issues;
    if (issue) issue.fields = { ...issue.fields, summary: 'People wrote this', labels: ['mine', LABEL] };
    await tell(up);
    expect(jira.issues).toMatchObject([{ fields: { summary: 'People wrote this', labels: ['mine', LABEL] } }]);
  });

  it('stays where it is without names of transitions, and says when there is no such transition', async () => {
    const quiet = await openJira({ resolve_transition: '' });
    for (const message of [down, up]) expect(await quiet.tell(message)).toMatchObject({ ok: true });
    expect(quiet.jira.issues).toMatchObject([{ status: 'new' }]);
    const wrong = await openJira({ resolve_transition: 'Erledigt' });
    await wrong.tell(down);
    expect(await wrong.tell(up)).toEqual({
      ok: false,
      retry: false,
      reason: 'issue OPS-1 has no transition "Erledigt"',
    });
  });

  it('writes documents to version 3, from JSON or from text, and searches Jira Cloud its way', async () => {
    const jira = new Jira();
    const chat = await openChat((request) => jira.answer(request));
    const v3 = { api_url: `${chat.url}/rest/api/3`, api_type: 'cloud' };
    await openNotifier(JIRA, { ...settings(chat.url), ...v3 }).tell(down);
    expect(chat.requests[0]?.path).toBe('/rest/api/3/search/jql');
    expect(jira.issues[0]?.fields.description).toEqual({
      type: 'doc',
      version: 1,
      content: [
        { type: 'paragraph', content: [{ type: 'text', text: 'gate is down' }] },
        { type: 'paragraph', content: [] },
      ],
    });
    const description = '{"type":"doc","version":1,"content":[]}';
    await openNotifier(JIRA, { ...settings(chat.url), ...v3, description }).tell(down);
    expect(jira.issues[0]?.fields.description).toEqual({ type: 'doc', version: 1, content: [] });
    await openNotifier(JIRA, { ...settings(chat.url), api_type: 'cloud' }).tell(down);
    expect(chat.requests.some(({ target }) => target.startsWith('/rest/api/2/search'))).toBe(false);
  });

  it('cuts summary and description to what Jira takes', async () => {
    const { jira, tell } = await openJira({ summary: 's'.repeat(300), description: 'd'.repeat(40_000) });
    await tell(down);
    expect(jira.issues[0]?.fields.summary).toHaveLength(255);
    expect(jira.issues[0]?.fields.description).toHaveLength(32_767);
  });
});
