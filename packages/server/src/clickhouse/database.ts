import type { Component } from '../base/component.ts';

/** A ClickHouse column type as DDL writes it, of those the column codec knows. */
export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'Int32'
  | 'UInt64'
  | 'Int64'
  | 'Float64'
  | 'DateTime64(3)'
  | 'Date'
  | 'String'
  | 'LowCardinality(String)'
  | 'Array(UInt8)'
  | 'Array(String)'
  | 'Array(LowCardinality(String))'
  | 'Map(LowCardinality(String), String)';

/** Byte strings of a column one after the other: value i is bytes[ends[i - 1], ends[i]). */
export interface ByteLists {
  /** Number of values. */
  readonly length: number;
  readonly ends: Float64Array;
  readonly bytes: Uint8Array;
}

/**
 * Values of one column. Array(UInt8) is ByteLists: bytes that are no text. DateTime64(3) is whole milliseconds as Float64Array; Date is days as Uint16Array. UInt64 is read as
 * BigUint64Array; for inserting it may also be a Float64Array of safe integers. LowCardinality strings are decoded once per
 * dictionary entry, so equal values of a block are one string in memory.
 */
export type ColumnData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array
  | ByteLists
  | readonly string[]
  | readonly (readonly string[])[]
  | readonly ReadonlyMap<string, string>[];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly data: ColumnData;
}

/** A block of rows as columns of equal length. */
export interface Columns {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** SQL whose literals went through `sql` or `quote*`; see sql.ts. Never built by string concatenation elsewhere. */
export type Sql = string & { readonly __sql: 'audited' };

export interface ReadOptions {
  /** Which lane runs it: short reads never wait behind long ones. Default `short`. */
  readonly lane?: 'short' | 'long';
  /** Also sent as max_execution_time; default QUERY_TIMEOUT_DEFAULT_MS. */
  readonly timeoutMs?: number;
  /** Refuse results above this many rows; default no limit. */
  readonly rowsMax?: number;
}

export interface InsertOptions {
  /** Same token, same rows: a retry with it leaves one copy (non_replicated_deduplication_window). */
  readonly deduplicationToken?: string;
  readonly signal?: AbortSignal;
  /** Inserts of one lane run in order, lanes run side by side; one per signal. Default `metrics`. */
  readonly lane?: 'metrics' | 'logs' | 'traces' | 'state';
}

/** Where the database keeps its data and how much room there is. */
export interface DatabaseInfo {
  readonly kind: 'embedded' | 'server';
  /** ClickHouse's version. */
  readonly version: string;
  /** Data directory, or the server's address without credentials. */
  readonly path: string;
  /** Undefined when the engine does not say. */
  readonly diskFreeBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
}

/** ClickHouse, embedded or remote: two drivers, one contract suite. */
export interface Database extends Component {
  /** `embedded` (chDB in process) or `server` (HTTP). */
  readonly kind: 'embedded' | 'server';
  info(signal?: AbortSignal): Promise<DatabaseInfo>;
  /** DDL and other statements without a result. */
  exec(statement: Sql, signal?: AbortSignal): Promise<void>;
  /** Resolves when the rows are durable (fsync). Throws DISK_FULL, DATABASE_UNAVAILABLE, DATABASE_QUERY. */
  insert(table: string, columns: Columns, options?: InsertOptions): Promise<void>;
  /**
   * Blocks of at least one row; the engine's query is killed when the signal aborts or the consumer stops early. The statement
   * carries no FORMAT clause. Throws DATABASE_QUERY, DATABASE_TIMEOUT, DATABASE_UNAVAILABLE, QUERY_TOO_LARGE (`rowsMax`, memory),
   * QUERY_CANCELLED (killed from elsewhere), and the signal's reason when that aborted.
   */
  query(statement: Sql, options?: ReadOptions, signal?: AbortSignal): AsyncIterable<Columns>;
}
