/** Bounds on dashboards, which may come from anyone who can import one. Public dashboards stay below a tenth of each. */

/** The largest public dashboard seen has 0.5 MB. */
export const DASHBOARD_BYTES_MAX = 4 * 1024 * 1024;
/** Nested rows included. */
export const PANELS_MAX = 1_000;
export const TARGETS_PER_PANEL_MAX = 100;
export const VARIABLES_MAX = 200;
export const OPTIONS_PER_VARIABLE_MAX = 5_000;
export const OVERRIDES_PER_PANEL_MAX = 500;
/** Characters; a generated query over a thousand cameras fits. */
export const EXPRESSION_LENGTH_MAX = 64 * 1024;
/** Nesting of arrays and objects; Grafana's own documents stay below 15. */
export const DEPTH_MAX = 64;
/** Files read from the configured paths; each is held in memory. */
export const FILES_MAX = 2_000;
/** Folders below a configured path. */
export const FOLDER_DEPTH_MAX = 8;
/** Dashboards stored through the API. */
export const USER_DASHBOARDS_MAX = 1_000;
/** Grafana allows 40 characters; a little more lets generated names stay readable. */
export const UID_LENGTH_MAX = 80;
