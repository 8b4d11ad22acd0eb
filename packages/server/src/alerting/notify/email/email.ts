import { hostname } from 'node:os';
import { isVedetteError } from '../../../base/errors.ts';
import { HttpFailure, TlsFiles } from '../../../base/http-client/index.ts';
import { withTimeout } from '../../timeout.ts';
import { hiddenForms, secretsOf } from '../hidden-secrets.ts';
import type { Delivery, Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { failure, shortWords, withoutSecrets } from '../retry.ts';
import type { EmailConfig } from './config.ts';
import { composeMail } from './mail.ts';
import type { SmtpCredentials } from './smtp-auth.ts';
import { SmtpFault } from './smtp-fault.ts';
import { sendMail } from './smtp-session.ts';

/** A mail server that checks senders and spam takes its time. */
export const MAIL_TIMEOUT_MS = 30_000;
const TLS_PORT = 465;

/** E-mail by SMTP: a connection per notification, as there are few. */
export function emailNotifier(config: EmailConfig, deps: NotifyDeps, timeoutMs: number = MAIL_TIMEOUT_MS): Notifier {
  const { clock, random, templates, logger } = deps;
  const { from, to, text, html, headers } = config;
  templates.check({ from, to, text, html, ...prefixed('headers.', headers) });
  const tls = new TlsFiles(config.tls_config, clock.monotonicMs());
  const known = secretsOf(config);
  return {
    integration: 'email',
    sendResolved: config.send_resolved,
    notify: async (message, signal): Promise<Delivery> => {
      const hidden = [...known];
      try {
        const credentials = await credentialsOf(config, deps, hidden);
        const unique = Math.floor(random() * Number.MAX_SAFE_INTEGER).toString(36);
        const moment = { nowMs: clock.now(), unique, hostname: hostname() || 'localhost.localdomain' };
        const mail = await composeMail(config, message, templates.of(message), moment);
        if (tls.isDue(clock.monotonicMs())) await tls.changed(clock.monotonicMs());
        const taken = await withTimeout(clock, timeoutMs, signal, (inner) =>
          sendMail(
            {
              server: config.smarthost,
              hello: config.hello,
              security: securityOf(config),
              tls: tls.options(),
              credentials,
              signal: inner,
            },
            mail,
          ),
        );
        if (taken.refused.length === 0) return { ok: true, receiverSaid: shortWords(taken.reply) };
        const refused = shortWords(withoutSecrets(taken.refused.join('; '), hidden));
        logger.warn({ receiver: message.receiver, refused }, 'a mail was taken, but not for all of its recipients');
        return { ok: true, receiverSaid: `not taken for ${refused}` };
      } catch (error) {
        signal.throwIfAborted();
        return failureOf(error, hidden);
      }
    },
  };
}

function prefixed(prefix: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [prefix + name, value]));
}

function securityOf({ force_implicit_tls: implicit, smarthost, require_tls: required }: EmailConfig) {
  if (implicit ?? smarthost.port === TLS_PORT) return 'implicit';
  return required ? 'required' : 'none';
}

/** Undefined without a user: then the server decides whether it takes mail from anybody. */
async function credentialsOf(
  config: EmailConfig,
  { secretFiles }: NotifyDeps,
  hidden: string[],
): Promise<SmtpCredentials | undefined> {
  if (config.auth_username === undefined) return undefined;
  const read = async (...of: Parameters<NotifyDeps['secretFiles']['read']>): Promise<string | undefined> => {
    const secret = await secretFiles.read(...of);
    if (secret === undefined || secret === '') return undefined;
    hidden.push(...hiddenForms(secret));
    return secret;
  };
  return {
    username: config.auth_username,
    identity: config.auth_identity ?? '',
    password: await read(config.auth_password, config.auth_password_file),
    secret: await read(config.auth_secret, config.auth_secret_file),
  };
}

function failureOf(error: unknown, hidden: readonly string[]): Delivery {
  const words = (text: string): string => shortWords(withoutSecrets(text, hidden));
  if (error instanceof SmtpFault) return failure(words(error.message), error.retry);
  // A rotated certificate that is not there yet.
  if (error instanceof HttpFailure || isVedetteError(error, 'NOTIFY_FAILED'))
    return failure(words(error.message), true);
  // Neither mends itself between two attempts.
  if (isVedetteError(error, 'TEMPLATE_INVALID') || isVedetteError(error, 'CONFIG_UNREADABLE'))
    return failure(words(error.message), false);
  throw error;
}
