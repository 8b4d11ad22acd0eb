import { isIP } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { errorMessage } from '../../../base/errors.ts';
import type { TlsOptions } from '../../../base/http-client/index.ts';
import type { HostPort } from './config.ts';
import { type SmtpCredentials, type SmtpReply, authenticate } from './smtp-auth.ts';
import { SmtpFault } from './smtp-fault.ts';

/** A server's answers are lines; more than this is no answer. */
const RESPONSE_BYTES_MAX = 65_536;
/** Below the attempt's own, so that the fault says which step hangs. */
const STEP_TIMEOUT_MS = 25_000;

export interface SmtpSessionOptions {
  readonly server: HostPort;
  /** Name in EHLO. */
  readonly hello: string;
  /** `implicit`: from the first byte. `required`: by STARTTLS or not at all. */
  readonly security: 'implicit' | 'required' | 'none';
  readonly tls: TlsOptions;
  readonly credentials: SmtpCredentials | undefined;
  readonly signal: AbortSignal;
}

export interface SmtpMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The whole message, headers and all. */
  readonly message: Buffer;
}

export interface SmtpTaken {
  /** What the server said when it took the mail. */
  readonly reply: string;
  /** Who it would not take it for, with its words. */
  readonly refused: readonly string[];
}

/** Sends one mail over a connection of its own. Rejects with SmtpFault, or with the signal's reason. */
export async function sendMail(options: SmtpSessionOptions, mail: SmtpMail): Promise<SmtpTaken> {
  const { signal } = options;
  signal.throwIfAborted();
  const session = new Session(options);
  try {
    return await session.send(mail);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SmtpFault ? error : faultOf(error, options);
  } finally {
    session.close();
  }
}

class Session {
  readonly #options: SmtpSessionOptions;
  readonly #connection: SMTPConnection;
  /** Settles when the connection fails or is given up, whatever is waited for. */
  readonly #broken: Promise<never>;
  readonly #giveUp: () => void;
  #isDone = false;

  constructor(options: SmtpSessionOptions) {
    this.#options = options;
    const { server, hello, security, tls, signal } = options;
    this.#connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      name: hello,
      secure: security === 'implicit',
      requireTLS: security === 'required',
      ignoreTLS: security === 'none',
      tls: { ...tls, ...servername(server, tls) },
      connectionTimeout: STEP_TIMEOUT_MS,
      greetingTimeout: STEP_TIMEOUT_MS,
      socketTimeout: STEP_TIMEOUT_MS,
      socketCloseTimeout: 0,
      maxResponseSize: RESPONSE_BYTES_MAX,
      customAuth: { [OUR_AUTH]: (context) => this.#authenticate(context) },
    });
    let giveUp = (): void => undefined;
    this.#broken = new Promise((_, reject) => {
      this.#connection.on('error', reject);
      this.#connection.on('end', () => reject(new SmtpFault('the server closed the connection', true)));
      giveUp = () => reject(signal.reason);
    });
    // It may settle while nobody waits for it.
    this.#broken.catch(() => undefined);
    this.#giveUp = giveUp;
    signal.addEventListener('abort', giveUp, { once: true });
  }

  async send({ from, to, message }: SmtpMail): Promise<SmtpTaken> {
    await this.#step<void>((done) => this.#connection.connect((error) => done(error ?? null)));
    if (this.#options.credentials)
      await this.#step((done) => this.#connection.login({ method: OUR_AUTH }, (error) => done(error ?? null)));
    const info = await this.#step<SentInfo>((done) =>
      this.#connection.send({ from, to: [...to] }, message, (error, sent) => done(error ?? null, sent as SentInfo)),
    );
    this.#isDone = true;
    const refused = (info.rejectedErrors ?? []).map((error) => `${error.recipient ?? ''}: ${oneLine(error.response)}`);
    return { reply: oneLine(info.response), refused };
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#giveUp);
    if (this.#isDone) this.#connection.quit();
    else this.#connection.close();
  }

  #step<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    const step = new Promise<T>((resolve, reject) => {
      start((error, value) => (error ? reject(error) : resolve(value as T)));
    });
    // Whoever is second rejects unheard.
    step.catch(() => undefined);
    return Promise.race([step, this.#broken]);
  }

  async #authenticate({ authMethods, sendCommand }: AuthContext): Promise<void> {
    const { credentials, server } = this.#options;
    if (!credentials) return;
    await authenticate(credentials, {
      mechanisms: authMethods,
      isPrivate: this.#connection.secure || isLoopback(server.host),
      command: async (line): Promise<SmtpReply> => {
        const { status, text } = await sendCommand(line);
        return { status, text };
      },
    });
  }
}

/** Runs our own exchange: nodemailer's PLAIN knows no identity. */
const OUR_AUTH = 'VEDETTE';

interface AuthContext {
  readonly authMethods: readonly string[];
  sendCommand(line: string): Promise<SmtpReply>;
}

interface SentInfo {
  readonly response?: string | undefined;
  readonly rejectedErrors?: readonly {
    readonly recipient?: string | undefined;
    readonly response?: string | undefined;
  }[];
}

/** Go names the host to the server and checks it in the certificate; an address cannot be named. */
function servername({ host }: HostPort, tls: TlsOptions): { servername?: string } {
  return tls.servername !== undefined || isIP(host) ? {} : { servername: host };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

const oneLine = (text: string | undefined): string => (text ?? '').trim().replace(/\s+/g, ' ');

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
}

/** nodemailer's errors in words for whoever runs the server. */
function faultOf(error: unknown, { server }: SmtpSessionOptions): SmtpFault {
  const { code, responseCode, response = '', command = 'the connection' } = error as SmtpError;
  const cause = (error as Error).cause;
  const inner = cause instanceof Error ? cause : error;
  if (inner instanceof SmtpFault) return inner;
  const where = `${server.host}:${server.port}`;
  if (responseCode !== undefined && responseCode >= 400) {
    const text = oneLine(response).replace(/^\d{3}[ -]?/, '');
    if (command === 'STARTTLS') return tlsFault(`STARTTLS was answered with ${responseCode} ${text}`, where, error);
    return SmtpFault.ofReply(command, { status: responseCode, text }, error);
  }
  const text = oneLine(errorMessage(error));
  if (code === 'ETLS' || /certificate|TLS|SSL/i.test(text)) return tlsFault(text, where, error);
  if (/ECONNREFUSED/.test(text)) return new SmtpFault(`connection refused by ${where}; is it running?`, true, error);
  if (/ENOTFOUND|EAI_AGAIN/.test(text) || code === 'EDNS')
    return new SmtpFault(`no address found for host ${server.host}; check smarthost`, true, error);
  return new SmtpFault(`${where}: ${text}`, code !== 'EENVELOPE' && code !== 'EMESSAGE', error);
}

/** A certificate may be renewed, a server reconfigured; neither happens between two attempts. */
function tlsFault(text: string, where: string, cause: unknown): SmtpFault {
  const remedy = /certificate/i.test(text)
    ? 'set tls_config.ca_file or tls_config.server_name'
    : 'require_tls is true, as by default: let the server offer STARTTLS, or set require_tls: false where the network is trusted';
  return new SmtpFault(`no TLS with ${where} (${text}); ${remedy}`, false, cause);
}
