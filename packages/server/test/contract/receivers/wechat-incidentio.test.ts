import { afterEach, describe, expect, it } from 'vitest';
import { INCIDENTIO } from '../../../src/alerting/notify/incidentio/kind.ts';
import { WECHAT } from '../../../src/alerting/notify/wechat/kind.ts';
import { aMessage, openChat, openNotifier } from '../../support/notifier-house.ts';
import { cleanUp } from '../../support/scrape-harness.ts';

afterEach(cleanUp);

describe('WeChat', () => {
  const settings = {
    api_secret: 'corp-secret',
    corp_id: 'corp',
    message: '{{ .Status }}',
    to_user: '@all',
    to_party: '',
    to_tag: '',
    agent_id: '7',
  };

  it('asks for a token once in two hours, and again when it is stale', async () => {
    let tokens = 0;
    let stale = '';
    const chat = await openChat((request) => {
      const url = new URL(request.target, 'http://chat');
      if (url.pathname === '/cgi-bin/gettoken') {
        if (url.searchParams.get('corpsecret') !== 'corp-secret')
          return { body: { errcode: 40001, errmsg: 'invalid' } };
        return { body: { errcode: 0, access_token: `token-${++tokens}` } };
      }
      const token = url.searchParams.get('access_token');
      if (token === stale) return { body: { errcode: 42001, errmsg: `access_token ${token} expired` } };
      return { body: { errcode: 0, errmsg: 'ok' } };
    });
    const { tell, clock } = openNotifier(WECHAT, { ...settings, api_url: `${chat.url}/cgi-bin` });
    expect(await tell()).toEqual({ ok: true });
    expect(chat.last.json()).toEqual({
      touser: '@all',
      toparty: '',
      totag: '',
      agentid: '7',
      safe: '0',
      msgtype: 'text',
      text: { content: 'firing' },
    });
    await tell();
    expect(tokens).toBe(1);
    stale = 'token-1';
    const failed = await tell();
    expect(failed).toMatchObject({ ok: false, retry: true, reason: 'code 42001: access_token <secret> expired' });
    expect(await tell()).toEqual({ ok: true });
    expect(tokens).toBe(2);
    await clock.advance(2 * 3_600_000);
    await tell();
    expect(tokens).toBe(3);
  });

  it('gives up when the secret or the user is wrong, which it says with status 200', async () => {
    const chat = await openChat(({ path }) =>
      path.startsWith('/gettoken')
        ? { body: { access_token: 't-123' } }
        : { body: { errcode: 81013, errmsg: 'invalid user' } },
    );
    const open = (more: object) => openNotifier(WECHAT, { ...settings, api_url: chat.url, ...more });
    expect(await open({}).tell()).toEqual({ ok: false, retry: false, reason: 'code 81013: invalid user' });
    const wrong = await openChat(() => ({ body: { errcode: 40001, errmsg: 'invalid credential' } }));
    expect(await open({ api_url: wrong.url }).tell()).toEqual({
      ok: false,
      retry: false,
      reason: 'no token: invalid credential',
    });
  });
});

describe('incident.io', () => {
  it("gets the group with the alert source's token, and the first alert alone when all are too many", async () => {
    const chat = await openChat((request) => ({
      status: request.headers.authorization === 'Bearer source-token' && request.body.length <= 512 * 1024 ? 202 : 400,
    }));
    const open = (more: object = {}) =>
      openNotifier(INCIDENTIO, {
        url: `${chat.url}/v2/alert_events/alertmanager/1`,
        alert_source_token: 'source-token',
        ...more,
      });
    expect(await open().tell(aMessage(['gate', 'yard'], ['yard']))).toEqual({ ok: true });
    expect(chat.last.json()).toMatchObject({
      version: '1',
      status: 'firing',
      groupKey: '{}:{alertname="CameraDown"}',
      truncatedAlerts: 0,
      commonLabels: { severity: 'critical' },
      alerts: [
        { status: 'firing', endsAt: '0001-01-01T00:00:00Z', startsAt: '2026-01-01T00:00:00Z' },
        { status: 'resolved', endsAt: '2026-01-01T00:05:00Z' },
      ],
    });
    await open({ max_alerts: 1 }).tell(aMessage(['gate', 'yard']));
    expect(chat.last.json()).toMatchObject({ truncatedAlerts: 1 });
    const many = aMessage(
      Array.from({ length: 400 }, (_, i) => `camera-${i}`),
      [],
      { place: 'x'.repeat(2_000) },
    );
    expect(await open().tell(many)).toEqual({ ok: true });
    expect(chat.last.json()).toMatchObject({ truncatedAlerts: 399, alerts: [{ status: 'firing' }] });
  });
});
