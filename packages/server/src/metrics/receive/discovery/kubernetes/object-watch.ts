import type { Clock } from '../../../../base/clock.ts';
import { errorMessage } from '../../../../base/errors.ts';
import { type HttpAnswer, type HttpClient, HttpFailure, statusFault } from '../../../../base/http-client/index.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../json-value.ts';
import type { Bare } from './objects.ts';

/** Objects of one kind; a cluster of 5,000 nodes has fewer pods. */
export const OBJECTS_MAX = 200_000;
const PAGE_OBJECTS = 500;
const PAGE_BYTES_MAX = 64 * 1024 * 1024;
/** etcd stores nothing larger than a tenth of it. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;
const LIST_TIMEOUT_MS = 60_000;
/** The server ends a watch after this time; ours ends a little later, should it not. */
const WATCH_SECONDS = 300;
const WATCH_GRACE_MS = 30_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const GONE = 410;

export interface ObjectWatchOptions<T extends Bare> {
  /** For messages: `pods`. */
  readonly kind: string;
  readonly server: string;
  /** `/api/v1/pods`. */
  readonly path: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly read: (raw: JsonObject) => T;
  readonly changed: () => void;
  /** One sentence, or undefined once all is well again. */
  readonly told: (fault: string | undefined) => void;
}

/** The server has forgotten the version we were at: everything must be listed anew. */
class Forgotten extends Error {}

/**
 * A copy of the API server's objects of one kind: listed page by page, then kept up to date by a watch that continues
 * where the last one ended. What was known stays while the server is away.
 */
export class ObjectWatch<T extends Bare> {
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #options: ObjectWatchOptions<T>;
  readonly #signal: AbortSignal;
  #objects = new Map<string, T>();
  #version: string | undefined;

  constructor(client: HttpClient, clock: Clock, options: ObjectWatchOptions<T>, signal: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#options = options;
    this.#signal = signal;
  }

  /** True once there was a whole list. */
  get listed(): boolean {
    return this.#version !== undefined;
  }

  /** By `namespace/name`, or `/name` for what belongs to no namespace. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    let version: string | undefined;
    while (!this.#signal.aborted) {
      try {
        version ??= await this.#list();
        version = await this.#watch(version);
        retryMs = RETRY_FIRST_MS;
      } catch (error) {
        if (this.#signal.aborted) return;
        if (error instanceof Forgotten) {
          version = undefined;
          // A server that forgets at once must not be asked in a loop.
          await this.#sleep(RETRY_FIRST_MS);
          continue;
        }
        this.#options.told(`${this.#options.kind}: ${errorMessage(error)}`);
        await this.#sleep(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
    }
  }

  async #list(): Promise<string> {
    const found = new Map<string, T>();
    let next = '';
    for (;;) {
      const parameters = this.#parameters();
      parameters.set('limit', String(PAGE_OBJECTS));
      if (next !== '') parameters.set('continue', next);
      const answer = await this.#client.send({
        url: this.#url(parameters),
        headers: ['accept', 'application/json', 'accept-encoding', 'gzip'],
        timeoutMs: LIST_TIMEOUT_MS,
        timeoutName: 'kubernetes_sd_configs',
        bodyBytesMax: PAGE_BYTES_MAX,
        bodyLimitName: 'limit of kubernetes_sd_configs',
        signal: this.#signal,
      });
      check(answer);
      const page = objectOf(parsed(answer.body.toString()));
      for (const item of listOf(page.items)) this.#put(found, objectOf(item));
      const meta = objectOf(page.metadata);
      next = textOf(meta.continue);
      if (next !== '') continue;
      this.#objects = found;
      this.#version = textOf(meta.resourceVersion);
      this.#options.told(undefined);
      this.#options.changed();
      return this.#version;
    }
  }

  /** Resolves with the version it got to when the server ends the watch. */
  async #watch(from: string): Promise<string> {
    const parameters = this.#parameters();
    parameters.set('watch', 'true');
    parameters.set('allowWatchBookmarks', 'true');
    parameters.set('resourceVersion', from);
    parameters.set('timeoutSeconds', String(WATCH_SECONDS));
    let version = from;
    const line = new LineBuffer();
    const begunMs = this.#clock.monotonicMs();
    const answer = await this.#client.stream(
      {
        url: this.#url(parameters),
        headers: ['accept', 'application/json', 'accept-encoding', 'identity'],
        timeoutMs: WATCH_SECONDS * 1_000 + WATCH_GRACE_MS,
        timeoutName: 'kubernetes_sd_configs',
        bodyBytesMax: EVENT_BYTES_MAX,
        bodyLimitName: 'limit of kubernetes_sd_configs',
        signal: this.#signal,
      },
      {
        begin: () => this.#options.told(undefined),
        take: (chunk) => {
          for (const event of line.take(chunk)) version = this.#take(event) ?? version;
        },
      },
    );
    check(answer);
    if (version === from && this.#clock.monotonicMs() - begunMs < RETRY_FIRST_MS) await this.#sleep(RETRY_FIRST_MS);
    return version;
  }

  /** The version the event brings us to. Throws Forgotten, HttpFailure. */
  #take(line: Buffer): string | undefined {
    if (line.length === 0) return undefined;
    const event = objectOf(parsed(line.toString()));
    const raw = objectOf(event.object);
    const version = textOf(objectOf(raw.metadata).resourceVersion);
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        this.#put(this.#objects, raw);
        this.#options.changed();
        break;
      case 'DELETED':
        this.#objects.delete(keyOf(this.#options.read(raw)));
        this.#options.changed();
        break;
      case 'BOOKMARK':
        break;
      case 'ERROR':
        if (raw.code === GONE) throw new Forgotten();
        throw new HttpFailure(`the watch failed: ${textOf(raw.message).slice(0, 200)}`);
      default:
        throw new HttpFailure('the watch sent something that is no event');
    }
    return version === '' ? undefined : version;
  }

  #put(into: Map<string, T>, raw: JsonObject): void {
    const object = this.#options.read(raw);
    const key = keyOf(object);
    if (into.size >= OBJECTS_MAX && !into.has(key))
      throw new HttpFailure(`more than ${OBJECTS_MAX} objects; choose some with namespaces or selectors`);
    into.set(key, object);
  }

  #parameters(): URLSearchParams {
    const parameters = new URLSearchParams();
    const { labelSelector, fieldSelector } = this.#options;
    if (labelSelector !== '') parameters.set('labelSelector', labelSelector);
    if (fieldSelector !== '') parameters.set('fieldSelector', fieldSelector);
    return parameters;
  }

  #url(parameters: URLSearchParams): URL {
    const url = new URL(`${this.#options.server}${this.#options.path}`);
    url.search = parameters.toString();
    return url;
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await this.#clock.sleep(ms, this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }
}

/** Cuts a stream into lines; a line may arrive in many pieces. */
class LineBuffer {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** Throws HttpFailure when a line is longer than EVENT_BYTES_MAX. */
  *take(chunk: Buffer): IterableIterator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const last = chunk.subarray(start, end);
      const whole = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
      this.#pieces = [];
      this.#bytes = 0;
      start = end + 1;
      yield whole;
    }
    if (start === chunk.length) return;
    // Copied: the chunk's memory is not ours to keep.
    this.#pieces.push(Buffer.from(chunk.subarray(start)));
    this.#bytes += chunk.length - start;
    if (this.#bytes > EVENT_BYTES_MAX)
      throw new HttpFailure(`an event is larger than ${EVENT_BYTES_MAX / 1_048_576} MiB`);
  }
}

export function keyOf({ meta }: Bare): string {
  return `${meta.namespace}/${meta.name}`;
}

function check(answer: HttpAnswer): void {
  if (answer.status === GONE) throw new Forgotten();
  if (answer.status === 200) return;
  let message = '';
  try {
    message = textOf(objectOf(JSON.parse(answer.body.toString())).message);
  } catch {
    // Not the API server's own words: the status says enough.
  }
  throw new HttpFailure(`${statusFault(answer)}${message === '' ? '' : `: ${message.slice(0, 200)}`}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpFailure('the answer is not JSON', error);
  }
}
