// In: columns and SQL from the signal rooms. Out: durable rows in ClickHouse, in process (chDB) or on a server (HTTP).
// `openDatabase` chooses the driver from the `storage` section; app/ starts it before every room that stores anything.
// `migrate` gives each room its tables, `BatchWriter` groups their inserts, `EventQueue` is one that nobody waits for, `monthRetention` drops what is old, `ClickHouseStateStore` keeps small durable values,
// `damagedParts` and `tableSizes` feed the status page. SQL text is made by `sql` only.
export { BatchWriter } from './batch-writer.ts';
export type { BatchAppendOptions, BatchWriterDeps, BatchWriterOptions } from './batch-writer.ts';
export { ChdbDatabase } from './chdb.ts';
export { checkStorage, retentionMsOf, storageConfigSchema, storageShape } from './config.ts';
export type { StorageConfig } from './config.ts';
export type {
  ByteLists,
  Column,
  ColumnData,
  Columns,
  ColumnType,
  Database,
  DatabaseInfo,
  InsertOptions,
  ReadOptions,
  Sql,
} from './database.ts';
export { EventLosses } from './event-losses.ts';
export { EventNumbers } from './event-numbers.ts';
export { EventQueue } from './event-queue.ts';
export { damagedParts } from './integrity.ts';
export type { DamagedPart } from './integrity.ts';
export { migrate } from './migrations.ts';
export type { Migration, RoomMigrations } from './migrations.ts';
export { monthRetention } from './month-retention.ts';
export { numbersFromUint64 } from './native-decoder.ts';
export { RepairingDatabase } from './repairing-database.ts';
export { openDatabase } from './open-database.ts';
export type { OpenDatabaseDeps, OpenDatabaseOptions } from './open-database.ts';
export { ServerDatabase } from './server.ts';
export { fragment, identifier, name, number, numberList, quoteString, sql, stringList } from './sql.ts';
export type { SqlFragment, SqlValue } from './sql.ts';
export { ClickHouseStateStore } from './state.ts';
export type { StateStoreDeps } from './state.ts';
export { tableSizes } from './table-sizes.ts';
export type { TableSize } from './table-sizes.ts';
export { type WriterMetrics, writerMetrics } from './writer-metrics.ts';
