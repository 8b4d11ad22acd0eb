/**
 * Backfill: metrics pages with times, of any length. In: bytes as they come. Out: sample batches into the SampleSink port.
 * Called by the HTTP API for `/api/v1/import` and by the command line for `vedette import`.
 */
export { registerImportRoutes } from './import-routes.ts';
export { type ImportOptions, type ImportResult, SampleImporter } from './sample-importer.ts';
