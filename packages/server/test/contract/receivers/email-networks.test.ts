import { afterEach, describe, expect, it } from 'vitest';
import { EMAIL } from '../../../src/alerting/notify/email/kind.ts';
import { makeCertificate } from '../../support/certificates.ts';
import { openNotifier } from '../../support/notifier-house.ts';
import { cleanUp, later } from '../../support/scrape-harness.ts';
import { type SmtpServerOptions, SmtpServerProcess } from '../../support/smtp-server.ts';

afterEach(cleanUp);

const authority = makeCertificate({ name: 'authority' });
const certificate = makeCertificate({ name: 'mail', hosts: ['localhost'], issuer: authority });

async function openServer(options: SmtpServerOptions = {}): Promise<SmtpServerProcess> {
  const server = await SmtpServerProcess.start(options);
  later(async () => server.close());
  return server;
}

const settings = (port: string | undefined, more: object = { require_tls: false }) => ({
  to: 'ops@example.org',
  from: 'vedette@example.org',
  smarthost: `localhost:${port ?? ''}`,
  ...more,
});
const portOf = (server: SmtpServerProcess) => server.address.split(':').at(-1);

describe('e-mail within allowed networks', () => {
  it('goes to no server outside of them, and the reason names the setting', async () => {
    const server = await openServer();
    const asked: string[] = [];
    const allowAddress = (ip: string): boolean => {
      asked.push(ip);
      return false;
    };
    const { tell } = openNotifier(EMAIL, settings(portOf(server)), { allowAddress });
    expect(await tell()).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('alerting.allowed_networks'),
    });
    expect(asked).toContain('127.0.0.1');
    expect(server.mails).toEqual([]);
  });

  it('goes to the address that was looked at, and still checks the name in the certificate', async () => {
    const server = await openServer({ tls: { cert: certificate.cert, key: certificate.key } });
    const allowAddress = (ip: string): boolean => ip === '127.0.0.1';
    const secure = settings(portOf(server), { tls_config: { ca: authority.cert } });
    expect(await openNotifier(EMAIL, secure, { allowAddress }).tell()).toMatchObject({ ok: true });
    expect(server.mails).toMatchObject([{ secure: true }]);
    const other = settings(portOf(server), { tls_config: { ca: authority.cert, server_name: 'other.example' } });
    expect(await openNotifier(EMAIL, other, { allowAddress }).tell()).toMatchObject({ ok: false, retry: false });
  });
});
