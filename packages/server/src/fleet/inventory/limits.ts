/** Bounds on an inventory, which many people write: spreadsheets, scripts, recorders, the API. */

/** Cameras of all sources; the wall and the probes are built for 5,000. */
export const CAMERAS_MAX = 20_000;
/** Inventory files of all patterns together. */
export const FILES_MAX = 200;
/** Of one file; 20,000 cameras in full YAML are 8 MB. */
export const FILE_BYTES_MAX = 32 * 1024 * 1024;
/** Rows, list items and generated cameras of one file; what is beyond is told once. */
export const ROWS_MAX = 100_000;
/** Characters of one line of a CSV file, of one list item of a YAML file. */
export const ROW_LENGTH_MAX = 64 * 1024;
/** Characters of one value; addresses are the longest. */
export const TEXT_LENGTH_MAX = 500;
export const ADDRESS_LENGTH_MAX = 2_000;
export const ID_LENGTH_MAX = 100;
export const LABELS_MAX = 20;
export const LABEL_NAME_LENGTH_MAX = 60;
export const COLUMNS_MAX = 200;
/** Of one camera. */
export const MAINTENANCE_WINDOWS_MAX = 100;
export const SCHEDULE_INTERVALS_MAX = 50;
/** Windows planned over the API; of more, those that ended first are forgotten. */
export const PLANNED_MAINTENANCE_MAX = 2_000;
/** Named schedules, templates and groups of one file. */
export const NAMED_MAX = 1_000;
/** Problems kept; all are counted. */
export const PROBLEMS_MAX = 500;
/** Of these a file has at most so many, so that one bad file does not hide the others. */
export const PROBLEMS_PER_FILE_MAX = 100;
/** Changes remembered with who made them. */
export const HISTORY_MAX = 5_000;
/** Ids, and fields of one camera, that a remembered change names. */
export const HISTORY_DETAILS_MAX = 50;
/** Recorders and streaming servers that are asked. */
export const IMPORTS_MAX = 100;
/** Cameras of one import. */
export const IMPORTED_CAMERAS_MAX = 5_000;
/** Of an answer: Frigate's whole configuration has 2 MB with a hundred cameras. */
export const IMPORT_BODY_BYTES_MAX = 32 * 1024 * 1024;
export const IMPORT_TIMEOUT_MS = 20_000;
/** Addresses that one discovery asks. */
export const DISCOVERY_ADDRESSES_MAX = 1_024;
export const DISCOVERED_DEVICES_MAX = 2_000;
export const DISCOVERY_TIMEOUT_MS = 300_000;
/** Bodies of uploads and of changes of many cameras. */
export const UPLOAD_BYTES_MAX = 16 * 1024 * 1024;
/** Of one site plan, and of all. */
export const PLAN_BYTES_MAX = 4 * 1024 * 1024;
export const PLANS_BYTES_MAX = 64 * 1024 * 1024;
export const PLANS_MAX = 200;
/** Width and height of a plan, pixels: a browser draws no more. */
export const PLAN_PIXELS_MAX = 16_384;
/** A password file holds a password. */
export const SECRET_BYTES_MAX = 64 * 1024;
