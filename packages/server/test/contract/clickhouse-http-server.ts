import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChdbSession, loadChdb } from '../../src/clickhouse/chdb-binding.ts';

export interface ClickHouseHttpServerOptions {
  readonly username: string;
  readonly password: string;
}

/** Connections of the engine, so that requests run side by side as on a server. */
const SESSIONS_MAX = 8;
/** URL parameters that are no settings: https://clickhouse.com/docs/interfaces/http. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'role',
  'default_format',
  'wait_end_of_query',
]);
/** Settings that the embedded engine does not know because they concern HTTP only. */
const HTTP_ONLY = new Set([
  'cancel_http_readonly_queries_on_client_close',
  'enable_http_compression',
  'send_progress_in_http_headers',
]);

/**
 * The part of ClickHouse's HTTP interface that Vedette uses, over the embedded engine: statements in the body or in `query`,
 * FORMAT Native results streamed, INSERT … FORMAT Native bodies, settings in the URL, errors with their code in a header (or in
 * the text, once rows were sent), user and password, KILL QUERY. It stands in for a server where none can be installed.
 */
export class ClickHouseHttpServer {
  readonly #options: ClickHouseHttpServerOptions;
  #folder = '';
  #server: Server | undefined;
  #idle: ChdbSession[] = [];
  #all: ChdbSession[] = [];
  #waiting: ((session: ChdbSession) => void)[] = [];
  #openSession: (() => ChdbSession) | undefined;
  url = '';
  /** Request lines and headers seen, to check what travels where. */
  readonly requestUrls: string[] = [];
  /** Closes a kept connection at the moment its next request arrives, as a server does whose idle limit has just passed. */
  closesKept = false;
  readonly #used = new WeakSet<Socket>();

  constructor(options: ClickHouseHttpServerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { Session } = await loadChdb();
    this.#folder ||= await mkdtemp(join(tmpdir(), 'vedette-clickhouse-'));
    this.#openSession = () => new Session(join(this.#folder, 'chdb'), { connectionArgs: [] });
    await this.#release(this.#create());
    const server = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#server = server;
    const port = this.url === '' ? 0 : Number(new URL(this.url).port);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (this.#server) this.#server.close(() => resolve());
      else resolve();
    });
    const { drainPending } = await loadChdb();
    for (const session of this.#all) session.close();
    await drainPending();
    this.#all = [];
    this.#idle = [];
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.closesKept && this.#used.has(request.socket)) return void request.socket.destroy();
    this.#used.add(request.socket);
    this.requestUrls.push(request.url ?? '');
    const url = new URL(request.url ?? '/', this.url);
    const body = await readBody(request);
    if (url.pathname === '/ping') return void response.end('Ok.\n');
    const queryId = url.searchParams.get('query_id') ?? randomUUID();
    response.setHeader('X-ClickHouse-Query-Id', queryId);
    if (!this.#allowed(request)) {
      return fail(
        response,
        new Error('Code: 516. DB::Exception: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)'),
      );
    }
    const inUrl = url.searchParams.get('query');
    const statement = (inUrl ?? body.toString('utf8')).trim();
    const session = await this.#acquire();
    try {
      await this.#prepare(session, url.searchParams, queryId);
      if (inUrl !== null && statement.endsWith('FORMAT Native')) await this.#insert(session, statement, body);
      else if (statement.endsWith('FORMAT Native')) await stream(session, statement, response);
      else await session.queryAsync(forOwnIds(statement));
      response.end();
    } catch (error) {
      fail(response, error);
    } finally {
      this.#release(session);
    }
  }

  #allowed(request: IncomingMessage): boolean {
    const { username, password } = this.#options;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const { authorization } = request.headers;
    if (authorization !== undefined) return authorization === basic;
    return request.headers['x-clickhouse-user'] === username && request.headers['x-clickhouse-key'] === password;
  }

  async #prepare(session: ChdbSession, parameters: URLSearchParams, queryId: string): Promise<void> {
    const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    await session.queryAsync(`USE \`${parameters.get('database') ?? 'default'}\``);
    const settings = [`log_comment = ${quote(queryId)}`, `max_execution_time = 0`, `insert_deduplication_token = ''`];
    for (const [name, value] of parameters) {
      if (!NOT_SETTINGS.has(name) && !HTTP_ONLY.has(name)) settings.push(`${name} = ${quote(value)}`);
    }
    await session.queryAsync(`SET ${settings.join(', ')}`);
  }

  async #insert(session: ChdbSession, statement: string, body: Buffer): Promise<void> {
    const file = join(this.#folder, `${randomUUID()}.native`);
    await writeFile(file, body);
    await session.queryAsync(statement.replace(/FORMAT Native$/, `SELECT * FROM file('${file}', Native)`));
    await rm(file);
  }

  async #acquire(): Promise<ChdbSession> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#all.length < SESSIONS_MAX) return this.#create();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #create(): ChdbSession {
    if (!this.#openSession) throw new Error('the test server is not started');
    const session = this.#openSession();
    this.#all.push(session);
    return session;
  }

  #release(session: ChdbSession): void {
    const next = this.#waiting.shift();
    if (next) next(session);
    else this.#idle.push(session);
  }
}

/** The engine gives statements ids of its own; ours travel in their comment. */
function forOwnIds(statement: string): string {
  return statement.startsWith('KILL QUERY') ? statement.replace('query_id', "Settings['log_comment']") : statement;
}

async function stream(session: ChdbSession, statement: string, response: ServerResponse): Promise<void> {
  response.setHeader('X-ClickHouse-Format', 'Native');
  for await (const chunk of session.queryStream(statement.replace(/FORMAT Native$/, ''), { format: 'Native' })) {
    if (response.destroyed) break;
    if (!response.write(chunk.raw())) await drained(response);
  }
  // The embedded engine lists an ended statement until its connection's next one; a server does not.
  await session.queryAsync('SELECT 1');
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002';
  if (response.headersSent) return void response.end(message);
  response.statusCode = code === '516' ? 403 : code === '60' || code === '81' ? 404 : 500;
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.end(`${message} (version 26.7.2.1)\n`);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
