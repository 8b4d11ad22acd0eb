import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Goes to the process as JSON. */
export interface SmtpServerOptions {
  /** PEM; STARTTLS is offered with it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** TLS from the first byte. */
  readonly implicitTls?: boolean;
  /** Without one, mail is taken from anybody. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly authMethods?: string[];
  /** Offers AUTH without TLS. */
  readonly allowInsecureAuth?: boolean;
  /** Answers as `451 words`; a status and what is said. */
  readonly refuseAuth?: string;
  readonly refuseSender?: string;
  readonly refuseRecipients?: Readonly<Record<string, string>>;
  readonly refuseData?: string;
  /** Where it stops answering. */
  readonly hangAt?: 'greeting' | 'data' | 'hang-up';
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Over TLS. */
  readonly secure: boolean;
  readonly user: string;
  readonly hello: string;
  /** As it came: headers, an empty line, the body. */
  readonly message: string;
}

type Line = { readonly port?: number; readonly mail?: ReceivedMail; readonly auth?: SmtpLogin };

export interface SmtpLogin {
  readonly method: string;
  readonly username: string;
}

/** A real SMTP server (smtp-server) in a process of its own. */
export class SmtpServerProcess {
  readonly mails: ReceivedMail[] = [];
  readonly logins: SmtpLogin[] = [];
  #port = 0;
  readonly #child: ChildProcess;

  private constructor(options: SmtpServerOptions) {
    const script = join(import.meta.dirname, 'smtp-server.process.ts');
    this.#child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
  }

  static async start(options: SmtpServerOptions = {}): Promise<SmtpServerProcess> {
    const server = new SmtpServerProcess(options);
    await server.#listen();
    return server;
  }

  /** `127.0.0.1:port` */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get last(): ReceivedMail {
    const last = this.mails.at(-1);
    if (!last) throw new Error('no mail came');
    return last;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #listen(): Promise<void> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error('the process has no output');
    await new Promise<void>((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the mail server ended with ${code}`)));
      createInterface({ input: stdout }).on('line', (text) => {
        const line = JSON.parse(text) as Line;
        if (line.mail) this.mails.push(line.mail);
        if (line.auth) this.logins.push(line.auth);
        if (line.port !== undefined) {
          this.#port = line.port;
          resolve();
        }
      });
    });
  }
}
