/** A mail server as a process of its own: reads its options from the first argument, prints a JSON line for its port and each mail. */
import { type Server, type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { ReceivedMail, SmtpServerOptions } from './smtp-server.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as SmtpServerOptions;
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function refusal(text: string): Error {
  const [, status = '550', words = text] = /^(\d{3}) (.*)$/.exec(text) ?? [];
  return Object.assign(new Error(words), { responseCode: Number(status) });
}

const server = new SMTPServer({
  name: 'mail.test',
  disableReverseLookup: true,
  logger: false,
  secure: options.implicitTls === true,
  ...(options.tls && { cert: options.tls.cert, key: options.tls.key }),
  ...(options.tls?.ca && { ca: options.tls.ca }),
  authMethods: options.authMethods ?? ['PLAIN', 'LOGIN', 'CRAM-MD5'],
  authOptional: options.user === undefined,
  allowInsecureAuth: options.allowInsecureAuth === true,
  disabledCommands: [
    ...(options.tls === undefined || options.implicitTls ? ['STARTTLS'] : []),
    ...(options.user === undefined ? ['AUTH'] : []),
  ],
  onAuth: (auth, _session, done) => {
    const { user } = options;
    tell({ auth: { method: auth.method, username: auth.username ?? '' } });
    const isRight =
      auth.username === user?.name &&
      (auth.method === 'CRAM-MD5' ? auth.validatePassword(user?.password ?? '') : auth.password === user?.password);
    // Servers have been seen to repeat what they were given.
    if (isRight) done(null, { user: auth.username });
    else done(refusal(options.refuseAuth ?? `535 authentication failed for ${auth.username} ${auth.password ?? ''}`));
  },
  onMailFrom: (address, _session, done) => done(options.refuseSender ? refusal(options.refuseSender) : null),
  onRcptTo: (address, _session, done) => {
    const words = options.refuseRecipients?.[address.address];
    done(words === undefined ? null : refusal(words));
  },
  onData: (stream, session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (options.hangAt === 'data') return;
      if (options.refuseData !== undefined) return done(refusal(options.refuseData));
      const mail: ReceivedMail = {
        from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map(({ address }) => address),
        secure: session.secure,
        user: typeof session.user === 'string' ? session.user : '',
        hello: String(session.hostNameAppearsAs),
        message: Buffer.concat(chunks).toString('utf8'),
      };
      tell({ mail });
      return done(null, 'queued as 7');
    });
  },
} satisfies SMTPServerOptions as SMTPServerOptions);
server.on('error', () => undefined);

/** Takes connections and says nothing, or hangs up at once. */
function silent(): Server {
  const held = new Set<Socket>();
  return createServer((socket) => {
    if (options.hangAt === 'hang-up') socket.destroy();
    else held.add(socket);
    socket.on('error', () => undefined);
  });
}

const listening = options.hangAt === 'greeting' || options.hangAt === 'hang-up' ? silent() : server;
listening.listen(0, '127.0.0.1', () => {
  const { port } = ('server' in listening ? listening.server : listening).address() as AddressInfo;
  tell({ port });
});
process.on('disconnect', () => process.exit(0));
