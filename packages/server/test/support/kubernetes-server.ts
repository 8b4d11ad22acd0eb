/** The API server of a Kubernetes cluster for tests: paged lists, chunked watches with bookmarks, 410 for what is forgotten. */
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';

export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

interface Event {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

interface Watcher {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly response: ServerResponse;
}

export class KubernetesServer {
  readonly asked: {
    readonly path: string;
    readonly parameters: URLSearchParams;
    readonly headers: IncomingHttpHeaders;
  }[] = [];
  readonly watchers = new Set<Watcher>();
  /** Objects on a page, whatever the client asks for. */
  pageMax = 500;
  /** Answers everything with it while set. */
  failure: { readonly status: number; readonly message: string } | undefined;
  /** Versions below it are gone. */
  oldestVersion = 0;
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #events = new Map<string, Event[]>();
  #version = 100;

  /** Adds or changes an object of a resource such as `pods`. */
  put(resource: string, object: KubernetesObject): void {
    const key = keyOf(resource, object);
    this.#happens(resource, this.#objects.has(key) ? 'MODIFIED' : 'ADDED', object);
    this.#objects.set(key, object);
  }

  remove(resource: string, object: KubernetesObject): void {
    this.#objects.delete(keyOf(resource, object));
    this.#happens(resource, 'DELETED', object);
  }

  /** A change that nobody is told of, as when the watch was down. */
  putSilently(resource: string, object: KubernetesObject): void {
    this.#version++;
    this.#objects.set(keyOf(resource, object), object);
  }

  removeSilently(resource: string, object: KubernetesObject): void {
    this.#version++;
    this.#objects.delete(keyOf(resource, object));
  }

  /** Tells the watchers only how far they are. */
  bookmark(resource: string): void {
    const line = { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(++this.#version) } } };
    this.#tell(resource, undefined, line);
  }

  /** The watch says in its stream that its version is gone. */
  forget(resource: string): void {
    this.oldestVersion = this.#version + 1;
    const line = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } };
    this.#end(resource, `${JSON.stringify(line)}\n`);
  }

  /** Ends the watches, as servers do every few minutes. */
  endWatches(resource: string): void {
    this.#end(resource, '');
  }

  /** Sends bytes as they are. */
  raw(resource: string, text: string): void {
    for (const watcher of this.#watchersOf(resource, undefined)) watcher.response.write(text);
  }

  get version(): number {
    return this.#version;
  }

  readonly listener: RequestListener = (request, response) => {
    const { pathname, searchParams: parameters } = new URL(request.url ?? '', 'http://api');
    this.asked.push({ path: pathname, parameters, headers: request.headers });
    const match = /^\/(?:api|apis\/[^/]+)\/v1(?:\/namespaces\/([^/]+))?\/([a-z]+)$/.exec(pathname);
    const [, namespace, resource = ''] = match ?? [];
    if (this.failure !== undefined) this.#status(response, this.failure.status, this.failure.message);
    else if (!match) this.#status(response, 404, 'the server could not find the requested resource');
    else if (parameters.get('watch') === 'true') this.#watch(resource, namespace, parameters, response);
    else this.#list(resource, namespace, parameters, response);
  };

  #list(resource: string, namespace: string | undefined, parameters: URLSearchParams, response: ServerResponse): void {
    const all = [...this.#objects]
      .filter(
        ([key, object]) => key.startsWith(`${resource} `) && (!namespace || object.metadata.namespace === namespace),
      )
      .map(([, object]) => this.#versioned(object));
    const from = Number(parameters.get('continue') ?? '0');
    const size = Math.min(this.pageMax, Number(parameters.get('limit') ?? '500'));
    const more = from + size < all.length;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(this.#version), ...(more && { continue: String(from + size) }) },
        items: all.slice(from, from + size),
      }),
    );
  }

  #watch(resource: string, namespace: string | undefined, parameters: URLSearchParams, response: ServerResponse): void {
    const from = Number(parameters.get('resourceVersion'));
    if (from < this.oldestVersion) {
      this.#status(response, 410, 'too old resource version');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    for (const { version, type, object } of this.#events.get(resource) ?? [])
      if (version > from && (!namespace || object.metadata.namespace === namespace))
        response.write(`${JSON.stringify({ type, object: this.#versioned(object, version) })}\n`);
    const watcher = { resource, namespace, response };
    this.watchers.add(watcher);
    response.once('close', () => this.watchers.delete(watcher));
  }

  #happens(resource: string, type: Event['type'], object: KubernetesObject): void {
    const version = ++this.#version;
    this.#events.set(resource, [...(this.#events.get(resource) ?? []), { version, type, object }]);
    this.#tell(resource, object.metadata.namespace, { type, object: this.#versioned(object, version) });
  }

  #tell(resource: string, namespace: string | undefined, line: unknown): void {
    const text = `${JSON.stringify(line)}\n`;
    for (const watcher of this.#watchersOf(resource, namespace)) {
      // In two pieces, as networks cut them.
      watcher.response.write(text.slice(0, 20));
      watcher.response.write(text.slice(20));
    }
  }

  #end(resource: string, text: string): void {
    for (const watcher of this.#watchersOf(resource, undefined)) {
      this.watchers.delete(watcher);
      watcher.response.end(text);
    }
  }

  #watchersOf(resource: string, namespace: string | undefined): Watcher[] {
    return [...this.watchers].filter(
      (watcher) =>
        watcher.resource === resource &&
        (namespace === undefined || watcher.namespace === undefined || watcher.namespace === namespace),
    );
  }

  #versioned(object: KubernetesObject, version = this.#version): KubernetesObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  #status(response: ServerResponse, code: number, message: string): void {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, message }));
  }
}

function keyOf(resource: string, { metadata }: KubernetesObject): string {
  return `${resource} ${metadata.namespace ?? ''}/${metadata.name}`;
}
