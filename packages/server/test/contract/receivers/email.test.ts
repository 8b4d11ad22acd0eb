import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { EMAIL } from '../../../src/alerting/notify/email/kind.ts';
import { emailNotifier } from '../../../src/alerting/notify/email/email.ts';
import { addresses } from '../../../src/alerting/notify/email/mail.ts';
import { SmtpFault } from '../../../src/alerting/notify/email/smtp-fault.ts';
import type { NotifyDeps } from '../../../src/alerting/notify/receiver-kind.ts';
import type { Delivery } from '../../../src/alerting/notify/notification.ts';
import { Secret } from '../../../src/base/config-schema.ts';
import { makeCertificate } from '../../support/certificates.ts';
import { alert, ended, faults, message, notifyDeps } from '../../support/receiver-kit.ts';
import { type SmtpServerOptions, SmtpServerProcess } from '../../support/smtp-server.ts';

const authority = makeCertificate({ name: 'authority' });
const certificate = makeCertificate({ name: 'mail', hosts: ['127.0.0.1'], issuer: authority });
const TLS = { cert: certificate.cert, key: certificate.key };
const TRUST = { tls_config: { ca: authority.cert } };
const PLAIN = { require_tls: false };
const USER = { name: 'vedette', password: 'canary-password' };
const AUTH = { auth_username: 'vedette', auth_password: 'canary-password' };

let server: SmtpServerProcess;
afterEach(() => server?.close());

const start = async (options: SmtpServerOptions = {}): Promise<void> => {
  server = await SmtpServerProcess.start(options);
};

async function send(
  settings: object = PLAIN,
  told = message(),
  timeoutMs?: number,
  more: Pick<NotifyDeps, 'allowAddress'> = {},
): Promise<Delivery> {
  const config = EMAIL.schema({ resolve_timeout: 0 }).parse({
    to: 'ops@example.org',
    from: 'vedette@example.org',
    smarthost: server.address,
    send_resolved: true,
    ...settings,
  });
  const before = server.mails.length;
  const delivery = await emailNotifier(config, { ...(await notifyDeps()), ...more }, timeoutMs).notify(
    told,
    new AbortController().signal,
  );
  // What the other process tells may come after its answer.
  if (delivery.ok) await expect.poll(() => server.mails.length).toBe(before + 1);
  return delivery;
}

/** Headers unfolded, and the decoded text of each part by its type. */
function read(mail: string) {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  const body = rest.join('\r\n\r\n');
  const parts = boundary === undefined ? [{ type: headers['content-type'] ?? '', body, head }] : [];
  for (const part of boundary === undefined ? [] : body.split(`--${boundary}`).slice(1, -1)) {
    const [partHead = '', ...partRest] = part.split('\r\n\r\n');
    parts.push({
      type: /content-type: ([^;]+)/i.exec(partHead)?.[1] ?? '',
      body: partRest.join('\r\n\r\n'),
      head: partHead,
    });
  }
  const decoded = (part: { body: string; head: string }): string =>
    /base64/i.test(/content-transfer-encoding: (\S+)/i.exec(part.head)?.[1] ?? '')
      ? Buffer.from(part.body, 'base64').toString('utf8')
      : Buffer.from(
          part.body
            .replace(/=\r\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        ).toString('utf8');
  return { headers, parts: parts.map((part) => ({ type: part.type.split(';')[0] ?? '', text: decoded(part) })) };
}

describe('a mail', () => {
  it('has subject, HTML, Message-Id and date; the server is greeted by name', async () => {
    await start();
    expect(await send({ ...PLAIN, hello: 'watch.example.org' })).toMatchObject({ ok: true });
    expect(server.last).toMatchObject({
      from: 'vedette@example.org',
      to: ['ops@example.org'],
      hello: 'watch.example.org',
      secure: false,
    });
    const { headers, parts } = read(server.last.message);
    expect(headers).toMatchObject({
      subject: 'FIRING 1: CameraDown (gate)',
      from: 'vedette@example.org',
      to: 'ops@example.org',
      'message-id': expect.stringMatching(/^<\d+\.\w+@[\w.-]+>$/),
      date: expect.stringMatching(/^\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/),
    });
    expect(parts.map(({ type }) => type)).toEqual(['text/html']);
    expect(parts[0]?.text).toContain('The camera is down');
  });

  it('has text and HTML, with nothing of the alert as markup or as a header', async () => {
    await start();
    const hostile = alert(
      { camera: '<script>alert(1)</script>' },
      { annotations: { summary: 'a\r\nBcc: evil@example.org' } },
    );
    await send(
      {
        ...PLAIN,
        text: '{{ .CommonAnnotations.summary }} für {{ .CommonLabels.camera }}',
        headers: { 'x-summary': '{{ .CommonAnnotations.summary }}', subject: 'Störung {{ .CommonLabels.camera }}' },
      },
      message([hostile]),
    );
    expect(server.last.to).toEqual(['ops@example.org']);
    const { headers, parts } = read(server.last.message);
    expect(headers.bcc).toBeUndefined();
    expect(headers['x-summary']).toBe('a Bcc: evil@example.org');
    expect(headers.subject).toMatch(/^=\?UTF-8\?/);
    const [text, html] = parts;
    expect([text?.type, html?.type]).toEqual(['text/plain', 'text/html']);
    expect(text?.text).toContain('für <script>alert(1)</script>');
    expect(html?.text).not.toContain('<script>');
    expect(html?.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('goes to all addresses of a list; names and shown recipients are as written', async () => {
    await start();
    await send({
      ...PLAIN,
      to: 'Ops <ops@example.org>, {{ .GroupLabels.alertname }}@example.org',
      from: 'Vedette <v@example.org>',
      headers: { To: 'undisclosed@example.org', 'reply-to': 'desk@example.org' },
    });
    expect(server.last).toMatchObject({ from: 'v@example.org', to: ['ops@example.org', 'CameraDown@example.org'] });
    expect(read(server.last.message).headers).toMatchObject({
      to: 'undisclosed@example.org',
      from: 'Vedette <v@example.org>',
      'reply-to': 'desk@example.org',
    });
  });

  it('stands in a thread with the others of its group', async () => {
    await start();
    await send({ ...PLAIN, threading: { enabled: true, thread_by_date: 'none' } });
    await send({ ...PLAIN, threading: { enabled: true, thread_by_date: 'none' } }, message([ended()]));
    const [first, second] = server.mails.map((mail) => read(mail.message).headers);
    expect(first?.references).toMatch(/^<alert-[0-9a-f]{16}-@alertmanager>$/);
    expect(first?.['in-reply-to']).toBe(first?.references);
    expect(second?.references).toBe(first?.references);
    expect(second?.['message-id']).not.toBe(first?.['message-id']);
    await send({ ...PLAIN, threading: { enabled: true, thread_by_date: 'daily' } });
    expect(read(server.last.message).headers.references).toMatch(/-\d{4}-\d\d-\d\d@alertmanager>$/);
  });
});

describe('TLS', () => {
  it('is required unless the file says otherwise: STARTTLS', async () => {
    await start({ tls: TLS });
    expect(await send(TRUST)).toMatchObject({ ok: true });
    expect(server.last.secure).toBe(true);
  });

  it('a server that offers none is told nothing', async () => {
    await start();
    expect(await send({})).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('require_tls is true, as by default'),
    });
    expect(server.mails).toEqual([]);
  });

  it('require_tls: false goes without, even where it is offered, as Alertmanager does', async () => {
    await start({ tls: TLS });
    expect(await send(PLAIN)).toMatchObject({ ok: true });
    expect(server.last.secure).toBe(false);
  });

  it('a certificate of nobody we know is refused, unless the file says otherwise', async () => {
    await start({ tls: TLS });
    expect(await send({})).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('tls_config.ca_file'),
    });
    expect(await send({ tls_config: { insecure_skip_verify: true } })).toMatchObject({ ok: true });
    expect(await send({ tls_config: { ca: authority.cert, server_name: 'other.example' } })).toMatchObject({
      ok: false,
    });
  });

  it('from the first byte, with force_implicit_tls', async () => {
    await start({ tls: TLS, implicitTls: true });
    expect(await send({ ...TRUST, force_implicit_tls: true })).toMatchObject({ ok: true });
    expect(server.last.secure).toBe(true);
  });
});

describe('who we are', () => {
  it.each(['PLAIN', 'LOGIN'])('by %s, over TLS', async (method) => {
    await start({ tls: TLS, user: USER, authMethods: [method] });
    expect(await send({ ...TRUST, ...AUTH })).toMatchObject({ ok: true });
    expect(server.logins).toEqual([{ method, username: 'vedette' }]);
    expect(server.last.user).toBe('vedette');
  });

  it('by CRAM-MD5 with a secret from a file', async () => {
    await start({ tls: TLS, user: USER });
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-mail-')), 'secret');
    writeFileSync(file, 'canary-password\n');
    expect(await send({ ...TRUST, auth_username: 'vedette', auth_secret_file: file })).toMatchObject({ ok: true });
    expect(server.logins).toEqual([{ method: 'CRAM-MD5', username: 'vedette' }]);
  });

  it('a wrong password is refused, not tried again, and not repeated', async () => {
    await start({ tls: TLS, user: { name: 'vedette', password: 'another' } });
    const delivery = await send({ ...TRUST, ...AUTH });
    expect(delivery).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('535') });
    expect(JSON.stringify(delivery)).not.toContain('canary');
  });

  it('a refusal that may pass is tried again', async () => {
    await start({ tls: TLS, user: { name: 'x', password: 'y' }, refuseAuth: '454 temporary failure' });
    expect(await send({ ...TRUST, ...AUTH })).toMatchObject({ ok: false, retry: true });
  });

  it('without a mechanism that both know it says what to set', async () => {
    await start({ tls: TLS, user: USER, authMethods: ['CRAM-MD5'] });
    expect(await send({ ...TRUST, ...AUTH })).toMatchObject({
      ok: false,
      retry: false,
      reason: 'the server offers CRAM-MD5; set auth_password for PLAIN and LOGIN, or auth_secret for CRAM-MD5',
    });
  });

  it('who must log in and does not is refused', async () => {
    await start({ tls: TLS, user: USER });
    expect(await send(TRUST)).toMatchObject({ ok: false, retry: false });
    expect(server.logins).toEqual([]);
  });

  it('a server without AUTH is not told who we are', async () => {
    await start();
    expect(await send({ ...PLAIN, ...AUTH })).toMatchObject({ ok: true });
    expect(server.logins).toEqual([]);
  });
});

describe('what the server says', () => {
  it.each([
    [{ refuseSender: '451 try later' }, true, '451 to MAIL FROM: try later'],
    [{ refuseSender: '550 not you' }, false, '550 to MAIL FROM: not you'],
    [{ refuseRecipients: { 'ops@example.org': '450 busy' } }, true, '450'],
    [{ refuseRecipients: { 'ops@example.org': '550 nobody' } }, false, '550'],
    [{ refuseData: '452 disk full' }, true, '452 to DATA: disk full'],
    [{ refuseData: '554 spam' }, false, '554 to DATA: spam'],
  ])('%j: trying again helps: %s', async (options, retry, words) => {
    await start(options);
    expect(await send()).toMatchObject({ ok: false, retry, reason: expect.stringContaining(words) });
  });

  it('a mail that some may not have goes to the others, and it is told', async () => {
    await start({ refuseRecipients: { 'gone@example.org': '550 nobody here' } });
    expect(await send({ ...PLAIN, to: 'ops@example.org, gone@example.org' })).toEqual({
      ok: true,
      receiverSaid: 'not taken for gone@example.org: 550 nobody here',
    });
    expect(server.last.to).toEqual(['ops@example.org']);
  });

  it.each(['greeting', 'data'] as const)('who hangs at the %s is given up', async (hangAt) => {
    await start({ hangAt });
    const started = performance.now();
    expect(await send(PLAIN, message(), 300)).toEqual({ ok: false, retry: true, reason: 'no answer within 0.3 s' });
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  it('who hangs up, or is not there, is tried again', async () => {
    await start({ hangAt: 'hang-up' });
    expect(await send()).toMatchObject({ ok: false, retry: true });
    await server.close();
    expect(await send()).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringContaining('connection refused'),
    });
  });

  it('addresses that are none are refused before anybody is asked', async () => {
    await start();
    expect(await send({ ...PLAIN, to: 'nobody' })).toEqual({
      ok: false,
      retry: false,
      reason: `'to': "nobody" is not a mail address`,
    });
    expect(await send({ ...PLAIN, from: 'a@b.c, d@e.f' })).toMatchObject({
      reason: "must be exactly one 'from' address (got: 2)",
    });
    expect(server.mails).toEqual([]);
  });
});

describe('networks that are not allowed', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])('%s is not connected to', async (host) => {
    await start();
    const smarthost = `${host}:${server.address.split(':')[1]}`;
    const asked: string[] = [];
    const allowAddress = (ip: string): boolean => {
      asked.push(ip);
      return false;
    };
    expect(await send({ ...PLAIN, smarthost }, message(), 5_000, { allowAddress })).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('alerting.allowed_networks'),
    });
    expect(asked).toContain('127.0.0.1');
    expect(server.mails).toEqual([]);
  });

  it('a name is looked up once, and its certificate is still checked by name', async () => {
    const own = makeCertificate({ name: 'mail', hosts: ['localhost'], issuer: authority });
    await start({ tls: { cert: own.cert, key: own.key } });
    const smarthost = `localhost:${server.address.split(':')[1]}`;
    const allowAddress = (ip: string): boolean => ip === '127.0.0.1';
    expect(await send({ ...TRUST, smarthost }, message(), 5_000, { allowAddress })).toMatchObject({ ok: true });
  });
});

it('addresses come out of lists with names, groups and comments', () => {
  expect(addresses('to', 'Ops <ops@a.b>, "x, y" <c@d.e>, team: f@g.h, i@j.k;')).toEqual([
    'ops@a.b',
    'c@d.e',
    'f@g.h',
    'i@j.k',
  ]);
  expect(() => addresses('to', '')).toThrow("'to'");
  const hostile = fc.string({
    unit: fc.constantFrom('a', '@', '.', '<', '>', '"', ',', ' ', '\r', '\n', ':', ';', '(', ')', '\\'),
  });
  fc.assert(
    fc.property(hostile, (list) => {
      try {
        return addresses('to', list).every((address) => /^[^\s<>@]+@[^\s<>@]+$/.test(address));
      } catch (error) {
        return error instanceof SmtpFault;
      }
    }),
  );
});

describe('settings of e-mail', () => {
  const ok = { to: 'a@b.c', from: 'v@b.c', smarthost: 'mail:25' };
  it.each([
    [{ ...ok, to: '' }, 'to: missing to address in email config'],
    [{ to: 'a@b.c', from: 'v@b.c' }, 'no global SMTP smarthost set'],
    [{ to: 'a@b.c', smarthost: 'mail:25' }, 'no global SMTP from set'],
    [{ ...ok, smarthost: 'mail' }, 'smarthost: "mail" is not host:port'],
    [{ ...ok, auth_password: 'a', auth_password_file: 'b' }, 'at most one of auth_password & auth_password_file'],
    [{ ...ok, headers: { Subject: 'a', subject: 'b' } }, 'duplicate header "Subject" in email config'],
    [{ ...ok, headers: { 'a b': 'c' } }, 'is not a valid header name'],
    [{ ...ok, threading: { enabled: true } }, "threading.thread_by_date must be either 'none' or 'daily'"],
    [
      { ...ok, threading: { enabled: true, thread_by_date: 'none' }, headers: { references: 'x' } },
      'threading.enabled conflicts with custom References header',
    ],
  ])('%j: %s', (settings, fault) => {
    expect(faults(EMAIL, settings)).toContain(fault);
  });

  it('take from `global` what they do not say', () => {
    const global = {
      resolve_timeout: 0,
      smtp_smarthost: '[::1]:465',
      smtp_from: 'g@b.c',
      smtp_hello: 'watch',
      smtp_auth_username: 'u',
      smtp_auth_password: new Secret('p'),
      smtp_auth_secret_file: '/s',
      smtp_auth_identity: 'i',
      smtp_require_tls: false,
    };
    const config = EMAIL.schema(global).parse({ to: 'a@b.c' });
    expect(config).toMatchObject({
      smarthost: { host: '::1', port: 465 },
      from: 'g@b.c',
      hello: 'watch',
      auth_username: 'u',
      auth_secret_file: '/s',
      auth_identity: 'i',
      require_tls: false,
      send_resolved: false,
    });
    expect(config.auth_password?.reveal()).toBe('p');
    expect(EMAIL.schema(global).parse({ to: 'a@b.c', auth_password_file: '/own' })).toMatchObject({
      auth_password: undefined,
      auth_password_file: '/own',
    });
    expect(EMAIL.schema({ resolve_timeout: 0 }).parse(ok)).toMatchObject({ require_tls: true, hello: 'localhost' });
  });
});
