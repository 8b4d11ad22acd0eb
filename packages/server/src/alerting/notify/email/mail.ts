import MailComposer from 'nodemailer/lib/mail-composer';
import addressparser from 'nodemailer/lib/addressparser';
import { groupKeyHash } from '../group-key-hash.ts';
import type { Notification } from '../notification.ts';
import type { FilledTemplates } from '../templates/notification-templates.ts';
import type { EmailConfig } from './config.ts';
import { SmtpFault } from './smtp-fault.ts';

/** Recipients of one mail; servers refuse more than about as many. */
const RECIPIENTS_MAX = 100;
const DEFAULT_SUBJECT = '{{ template "email.default.subject" . }}';
/** Of the group's hash, in the name of its thread. */
const THREAD_HASH_CHARS = 16;

export interface MailMoment {
  readonly nowMs: number;
  /** Makes the Message-Id one of its own. */
  readonly unique: string;
  readonly hostname: string;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: Buffer;
}

/** One notification as a mail. Throws TEMPLATE_INVALID, and SmtpFault for addresses that are none. */
export async function composeMail(
  config: EmailConfig,
  message: Notification,
  { text, html }: FilledTemplates,
  moment: MailMoment,
): Promise<Mail> {
  const from = addresses('from', text(config.from));
  if (from.length !== 1) throw new SmtpFault(`must be exactly one 'from' address (got: ${from.length})`, false);
  const to = addresses('to', text(config.to));
  if (to.length > RECIPIENTS_MAX)
    throw new SmtpFault(`'to' has ${to.length} addresses, at most ${RECIPIENTS_MAX} are sent to at once`, false);
  const { Subject: subject = DEFAULT_SUBJECT, To: shownTo = config.to, From: shownFrom = config.from } = config.headers;
  const own = new Set(['Subject', 'To', 'From', 'Message-Id', 'Date']);
  const mail = new MailComposer({
    from: text(shownFrom),
    to: text(shownTo),
    subject: text(subject),
    ...(config.text !== '' && { text: text(config.text) }),
    ...(config.html !== '' && { html: html(config.html) }),
    messageId: messageId(config, text, moment),
    date: dateOf(config, text, moment),
    headers: {
      ...Object.fromEntries(
        Object.entries(config.headers)
          .filter(([name]) => !own.has(name))
          .map(([name, value]) => [name, text(value)]),
      ),
      ...(config.threading.enabled && threadHeaders(message, config.threading.thread_by_date === 'daily', moment)),
    },
    // Templates may hold anything; nothing in a mail names a file or an address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: '\r\n',
  });
  const node = mail.compile();
  return { from: from[0] as string, to, message: await node.build() };
}

type Text = FilledTemplates['text'];

function messageId(config: EmailConfig, text: Text, { nowMs, unique, hostname }: MailMoment): string {
  const written = config.headers['Message-Id'];
  return written === undefined ? `<${nowMs}.${unique}@${hostname}>` : text(written);
}

function dateOf(config: EmailConfig, text: Text, { nowMs }: MailMoment): string {
  const written = config.headers.Date;
  return written === undefined ? new Date(nowMs).toUTCString().replace('GMT', '+0000') : text(written);
}

/**
 * Mails of a group answer a mail that was never sent, which mail programs show as their thread. The name is Alertmanager's, so that
 * threads go on when Vedette takes over.
 */
function threadHeaders({ groupKey }: Notification, isDaily: boolean, { nowMs }: MailMoment): Record<string, string> {
  const day = isDaily ? new Date(nowMs).toISOString().slice(0, 10) : '';
  const root = `<alert-${groupKeyHash(groupKey).slice(0, THREAD_HASH_CHARS)}-${day}@alertmanager>`;
  return { References: root, 'In-Reply-To': root };
}

/** Addresses of a list such as `Ops <ops@example.org>, b@example.org`. */
export function addresses(field: string, list: string): readonly string[] {
  const parsed = addressparser(list, { flatten: true });
  const wrong = parsed.find(({ address }) => !isAddress(address ?? ''));
  if (parsed.length === 0 || wrong) {
    const shown = wrong ? wrong.address || wrong.name : list;
    throw new SmtpFault(`'${field}': "${shown.slice(0, 100)}" is not a mail address`, false);
  }
  return parsed.map(({ address }) => address ?? '');
}

/** Enough to keep commands apart: one at-sign, nothing that ends a line or an address. RFC 5321 allows 254 characters. */
const isAddress = (text: string): boolean => text.length <= 254 && /^[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+$/u.test(text);
