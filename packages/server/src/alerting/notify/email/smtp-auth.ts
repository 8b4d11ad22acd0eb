import { createHmac } from 'node:crypto';
import { SmtpFault } from './smtp-fault.ts';

/** What we know; each mechanism needs one of the two secrets. */
export interface SmtpCredentials {
  readonly username: string;
  /** PLAIN only: on whose behalf. */
  readonly identity: string;
  /** For PLAIN and LOGIN. */
  readonly password: string | undefined;
  /** For CRAM-MD5. */
  readonly secret: string | undefined;
}

export interface SmtpReply {
  readonly status: number;
  /** Without the status. */
  readonly text: string;
}

export interface SmtpAuthExchange {
  /** In upper case. */
  readonly mechanisms: readonly string[];
  /** Whether nobody on the way can read along. */
  readonly isPrivate: boolean;
  /** Sends a line; resolves with the server's answer. */
  command(line: string): Promise<SmtpReply>;
}

/** Says who we are by the best mechanism both sides have. Nothing happens when the server knows none. Rejects with SmtpFault. */
export async function authenticate(credentials: SmtpCredentials, exchange: SmtpAuthExchange): Promise<void> {
  const { username, identity, password, secret } = credentials;
  const offered = new Set(exchange.mechanisms);
  if (offered.size === 0) return;
  if (offered.has('CRAM-MD5') && secret !== undefined) return cramMd5(username, secret, exchange);
  if (password !== undefined && offered.has('PLAIN')) {
    if (!exchange.isPrivate)
      throw new SmtpFault('the password is not sent over a connection without TLS; set require_tls: true', false);
    return accepted(await exchange.command(`AUTH PLAIN ${base64(`${identity}\0${username}\0${password}`)}`));
  }
  if (password !== undefined && offered.has('LOGIN')) return login(username, password, exchange);
  const names = [...offered].join(', ');
  throw new SmtpFault(
    `the server offers ${names}; set auth_password for PLAIN and LOGIN, or auth_secret for CRAM-MD5`,
    false,
  );
}

async function login(username: string, password: string, exchange: SmtpAuthExchange): Promise<void> {
  challenged(await exchange.command('AUTH LOGIN'));
  challenged(await exchange.command(base64(username)));
  accepted(await exchange.command(base64(password)));
}

/** RFC 2195. */
async function cramMd5(username: string, secret: string, exchange: SmtpAuthExchange): Promise<void> {
  const { text } = challenged(await exchange.command('AUTH CRAM-MD5'));
  const challenge = Buffer.from(text.trim(), 'base64');
  const digest = createHmac('md5', secret).update(challenge).digest('hex');
  accepted(await exchange.command(base64(`${username} ${digest}`)));
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function challenged(reply: SmtpReply): SmtpReply {
  if (reply.status === 334) return reply;
  throw SmtpFault.ofReply('AUTH', reply);
}

function accepted(reply: SmtpReply): void {
  if (reply.status !== 235) throw SmtpFault.ofReply('AUTH', reply);
}
