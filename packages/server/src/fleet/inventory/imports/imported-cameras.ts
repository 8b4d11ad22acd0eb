import type { CameraFields, CredentialsReference, KnownAs } from '@vedette/wire/http';
import type { StateStore, StateTable } from '../../../model/ports.ts';
import type { ToldCredentials } from '../credentials.ts';
import { flat, sameFields } from '../fields.ts';
import { type ImportConfig, type ImportKind, importName } from '../config.ts';
import { idFault } from '../written-value.ts';
import type { Layer, Said } from '../merged.ts';
import { addressKey, hostOf } from '../read-address.ts';
import type { ImportedCamera } from './imported-camera.ts';

/** What an import said of a camera last; durable, so that a recorder that is off at our start does not take its cameras away. */
interface StoredImport {
  readonly import: string;
  readonly kind: ImportKind;
  readonly name: string;
  readonly id: string;
  readonly fields: CameraFields;
  readonly gone_since?: string;
}

export interface ImportOutcome {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
  readonly returned: readonly string[];
  /** Cameras whose words moved from one id to another, as well. */
  readonly touched: readonly string[];
}

/** Finds the camera of other sources that has this address (see addressKey). */
export type FindByAddress = (key: string) => string | undefined;

/** Cameras of all imports, as a layer below files and the API. */
export class ImportedCameras implements Layer {
  readonly #table: StateTable<StoredImport>;
  readonly #byId = new Map<string, Map<string, Said>>();
  readonly #told = new Map<string, ToldCredentials>();

  private constructor(table: StateTable<StoredImport>) {
    this.#table = table;
    for (const [key, stored] of table.entries()) this.#say(key, stored);
  }

  static async open(state: StateStore): Promise<ImportedCameras> {
    return new ImportedCameras(await state.open('fleet.inventory.imports', parsed));
  }

  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  said(id: string): readonly Said[] {
    const said = this.#byId.get(id);
    return said === undefined ? [] : [...said.values()];
  }

  told(importOf: string, name: string): ToldCredentials | undefined {
    return this.#told.get(keyOf(importOf, name));
  }

  counts(importOf: string): { readonly cameras: number; readonly gone: number } {
    let cameras = 0;
    let gone = 0;
    for (const [, stored] of this.#table.entries()) {
      if (stored.import !== importOf) continue;
      if (stored.gone_since === undefined) cameras++;
      else gone++;
    }
    return { cameras, gone };
  }

  /** Takes what a server lists now. Cameras that it does not list any more are marked, not deleted. */
  async take(
    config: ImportConfig,
    listed: readonly ImportedCamera[],
    find: FindByAddress,
    at: string,
  ): Promise<ImportOutcome> {
    const name = importName(config);
    const before = new Map<string, StoredImport>();
    for (const [key, stored] of this.#table.entries()) if (stored.import === name) before.set(key, stored);
    const outcome = {
      added: [] as string[],
      changed: [] as string[],
      gone: [] as string[],
      returned: [] as string[],
      touched: [] as string[],
    };
    const puts: [string, StoredImport][] = [];
    const usedIds = new Set<string>();
    for (const camera of listed) {
      const key = keyOf(name, camera.name);
      const known = before.get(key);
      before.delete(key);
      if (camera.isBusy === true && (known === undefined || known.gone_since === undefined)) {
        if (known !== undefined) usedIds.add(known.id);
        continue;
      }
      const id = this.#idOf(config, camera, find, usedIds);
      usedIds.add(id);
      const wasTold = this.#told.has(key);
      this.#keepTold(key, camera);
      const next: StoredImport = {
        import: name,
        kind: config.kind,
        name: camera.name,
        id,
        fields: fieldsOf(config, camera),
      };
      if (known !== undefined && isSame(known, next)) {
        if (wasTold === this.#told.has(key)) continue;
        this.#say(key, known);
        outcome.touched.push(id);
        continue;
      }
      puts.push([key, next]);
      if (known === undefined) outcome.added.push(id);
      else (known.gone_since === undefined ? outcome.changed : outcome.returned).push(id);
      if (known !== undefined && known.id !== id) outcome.touched.push(known.id);
    }
    for (const [key, stored] of before) {
      if (stored.gone_since !== undefined) continue;
      puts.push([key, { ...stored, gone_since: at }]);
      outcome.gone.push(stored.id);
    }
    await this.#put(puts);
    return outcome;
  }

  /** Marks the cameras of imports that are no more in the configuration. Answers their ids. */
  async keepOnly(names: ReadonlySet<string>, at: string): Promise<readonly string[]> {
    const puts: [string, StoredImport][] = [];
    for (const [key, stored] of this.#table.entries())
      if (!names.has(stored.import) && stored.gone_since === undefined) puts.push([key, { ...stored, gone_since: at }]);
    await this.#put(puts);
    return puts.map(([, { id }]) => id);
  }

  /** Forgets a camera that all imports have lost. */
  async forget(id: string): Promise<void> {
    const said = this.#byId.get(id) ?? new Map<string, Said>();
    for (const key of said.keys()) {
      this.#unsay(key, id);
      this.#told.delete(key);
      await this.#table.delete(key);
    }
  }

  /** The import that lists it now. */
  listedBy(id: string): KnownAs | undefined {
    return this.said(id).find(({ knownAs }) => knownAs?.gone_since === undefined)?.knownAs;
  }

  async #put(puts: readonly (readonly [string, StoredImport])[]): Promise<void> {
    if (puts.length === 0) return;
    for (const [key, stored] of puts) {
      const known = this.#table.get(key);
      if (known !== undefined) this.#unsay(key, known.id);
      this.#say(key, stored);
    }
    await this.#table.putAll(puts);
  }

  /** By mapping, by an address that another source has, by the id; an id that leads to another host is another camera. */
  #idOf(config: ImportConfig, camera: ImportedCamera, find: FindByAddress, used: ReadonlySet<string>): string {
    const mapped = config.mapping[camera.name];
    if (mapped !== undefined) return mapped;
    for (const role of ['main', 'sub'] as const) {
      const url = camera.fields.streams?.[role]?.url;
      const found = url === undefined ? undefined : find(addressKey(url));
      if (found !== undefined && !used.has(found)) return found;
    }
    const id = config.id.replaceAll('{name}', camera.name);
    const own =
      idFault(id) === undefined
        ? id
        : `${importName(config)}-${camera.name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 60)}`;
    const host = hostOf(camera.fields.streams?.main?.url ?? '');
    const isAnother = this.said(own).some(
      ({ knownAs, fields }) =>
        knownAs !== undefined &&
        knownAs.import !== importName(config) &&
        host !== '' &&
        hostOf((fields['streams.main'] as { readonly url: string } | undefined)?.url ?? host) !== host,
    );
    return isAnother || used.has(own) ? `${importName(config)}-${own}` : own;
  }

  #keepTold(key: string, { fields, told }: ImportedCamera): void {
    if (told === undefined) {
      this.#told.delete(key);
      return;
    }
    const hosts = new Set(Object.values(fields.streams ?? {}).map(({ url }) => hostOf(url)));
    this.#told.set(key, { ...told, hosts });
  }

  #say(key: string, stored: StoredImport): void {
    const knownAs: KnownAs = {
      import: stored.import,
      kind: stored.kind,
      name: stored.name,
      ...(stored.gone_since === undefined ? {} : { gone_since: stored.gone_since }),
    };
    const said = this.#byId.get(stored.id) ?? new Map<string, Said>();
    said.set(key, {
      source: stored.kind,
      place: `import ${stored.import}`,
      fields: this.#mustWait(key, stored) ? { ...flat(stored.fields), probe: false } : flat(stored.fields),
      knownAs,
    });
    this.#byId.set(stored.id, said);
  }

  /** Until the server has told its password again, a camera that needs it would only be refused. */
  #mustWait(key: string, { fields }: StoredImport): boolean {
    return fields.credentials?.in_memory === true && !this.#told.has(key);
  }

  #unsay(key: string, id: string): void {
    const said = this.#byId.get(id);
    said?.delete(key);
    if (said?.size === 0) this.#byId.delete(id);
  }
}

function fieldsOf(config: ImportConfig, camera: ImportedCamera): CameraFields {
  const { site, class: kind, owner, labels, credentials } = config;
  const recorder = config.recorder ?? (config.kind === 'frigate' ? importName(config) : undefined);
  const reference: CredentialsReference | undefined =
    credentials !== undefined
      ? withoutUndefined(credentials)
      : camera.told === undefined
        ? undefined
        : { username: camera.told.username, in_memory: true };
  return {
    ...(site === undefined ? {} : { site }),
    ...(recorder === undefined ? {} : { recorder }),
    ...(kind === undefined ? {} : { class: kind }),
    ...(owner === undefined ? {} : { owner }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(reference === undefined ? {} : { credentials: reference }),
    ...camera.fields,
  };
}

function withoutUndefined(reference: NonNullable<ImportConfig['credentials']>): CredentialsReference {
  return Object.fromEntries(Object.entries(reference).filter(([, value]) => value !== undefined));
}

function isSame(one: StoredImport, other: StoredImport): boolean {
  return (
    one.id === other.id &&
    one.kind === other.kind &&
    one.gone_since === other.gone_since &&
    sameFields(flat(one.fields), flat(other.fields))
  );
}

function keyOf(importOf: string, name: string): string {
  return `${importOf}\n${name}`;
}

function parsed(json: unknown): StoredImport | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { import: of, name, id, fields } = json as Partial<StoredImport>;
  return typeof of === 'string' && typeof name === 'string' && typeof id === 'string' && typeof fields === 'object'
    ? (json as StoredImport)
    : undefined;
}
