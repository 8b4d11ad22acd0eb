import { VedetteError } from '../base/errors.ts';
import type { StateStore, StateTable } from '../model/ports.ts';
import { type DashboardEntry, buildEntry } from './entry.ts';
import { DASHBOARD_BYTES_MAX, USER_DASHBOARDS_MAX } from './limits.ts';
import { isObject, textAt } from './loose-json.ts';
import type { ExpressionChecker } from './ports.ts';
import { readDocument } from './read-document.ts';

/** What is kept: the document as it was sent. The model is made anew at every start, so that a better reader applies to old imports. */
interface StoredDashboard {
  readonly text: string;
  readonly folder: string;
}

const NAMESPACE = 'dashboards';

/** Dashboards imported through the API, kept in the small durable state. */
export class UserDashboards {
  readonly #table: StateTable<StoredDashboard>;
  readonly #checker: ExpressionChecker;
  readonly #entries = new Map<string, DashboardEntry>();

  private constructor(table: StateTable<StoredDashboard>, checker: ExpressionChecker) {
    this.#table = table;
    this.#checker = checker;
  }

  /** `onUnreadable` hears of stored documents that this version cannot read; they stay stored. */
  static async open(
    state: StateStore,
    checker: ExpressionChecker,
    onUnreadable: (uid: string, error: unknown) => void,
  ): Promise<UserDashboards> {
    const table = await state.open<StoredDashboard>(NAMESPACE, parseStored);
    const dashboards = new UserDashboards(table, checker);
    for (const [uid, stored] of table.entries()) {
      try {
        dashboards.#entries.set(uid, dashboards.#build(stored));
      } catch (error) {
        onUnreadable(uid, error);
      }
    }
    return dashboards;
  }

  entries(): readonly DashboardEntry[] {
    return [...this.#entries.values()];
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  /** Reads a document without keeping it. Throws DASHBOARD_INVALID. */
  read(text: string, folder: string): DashboardEntry {
    return this.#build({ text, folder });
  }

  /** Resolves when the dashboard is durable. */
  async save(entry: DashboardEntry): Promise<void> {
    const { uid, folder } = entry.model;
    if (!this.#entries.has(uid) && this.#entries.size >= USER_DASHBOARDS_MAX) {
      throw new VedetteError(
        'DASHBOARD_INVALID',
        `${USER_DASHBOARDS_MAX} dashboards are stored already; delete one first, or keep dashboards in files (dashboards.paths)`,
      );
    }
    await this.#table.put(uid, { text: entry.text, folder });
    this.#entries.set(uid, entry);
  }

  async delete(uid: string): Promise<void> {
    await this.#table.delete(uid);
    this.#entries.delete(uid);
  }

  #build(stored: StoredDashboard): DashboardEntry {
    const [found, second] = readDocument(stored.text, IMPORT_NAME).dashboards;
    if (!found || second)
      throw new VedetteError('DASHBOARD_INVALID', 'an import must hold exactly one dashboard; send each one by itself');
    return buildEntry({ ...found, place: '', titleHint: 'Untitled' }, stored.folder, 'user', this.#checker);
  }
}

/** Stands for the file name in messages about an import. */
const IMPORT_NAME = 'import';

function parseStored(json: unknown): StoredDashboard | undefined {
  const text = textAt(json, 'text');
  if (!isObject(json) || text === undefined || Buffer.byteLength(text) > DASHBOARD_BYTES_MAX) return undefined;
  return { text, folder: textAt(json, 'folder') ?? '' };
}
