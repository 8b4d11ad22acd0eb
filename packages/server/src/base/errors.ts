/**
 * The registry of every error Vedette raises on purpose. Codes are API: clients and `docs/reference/errors.md` name them, a test
 * compares the two, and a retired code is never used again.
 */
const REGISTRY = {
  // Configuration
  CONFIG_INVALID: { status: 400, summary: 'A configuration file is not valid.' },
  CONFIG_UNREADABLE: { status: 400, summary: 'A configuration file cannot be read.' },
  LISTEN_UNSAFE: { status: 500, summary: 'Vedette would listen beyond loopback without authentication.' },
  LISTEN_IN_USE: { status: 500, summary: 'The port is already in use.' },
  // Store
  DATA_DIR_LOCKED: { status: 500, summary: 'Another process uses the data directory.' },
  DATA_DIR_INVALID: { status: 500, summary: 'The data directory cannot be used.' },
  DATABASE_UNAVAILABLE: { status: 503, summary: 'The database cannot be reached or is closed.' },
  DATABASE_QUERY: { status: 500, summary: 'The database refused a statement.' },
  DATABASE_TIMEOUT: { status: 503, summary: 'A database statement ran out of time.' },
  DISK_FULL: { status: 507, summary: 'The disk has no room for new data.' },
  MIGRATION_FAILED: { status: 500, summary: 'The stored schema cannot be brought to this version.' },
  // Ingestion
  INGEST_OVERLOADED: { status: 503, summary: 'A bounded ingestion queue is full; send again later.' },
  INGEST_INVALID: { status: 400, summary: 'A request body cannot be decoded.' },
  INGEST_TOO_LARGE: { status: 413, summary: 'A request body is over its limit.' },
  EXPOSITION_INVALID: { status: 400, summary: 'A metrics page cannot be parsed.' },
  SCRAPE_FAILED: { status: 502, summary: 'A target could not be scraped.' },
  // Query
  PROMQL_PARSE: { status: 400, summary: 'A PromQL expression does not parse or has the wrong type.' },
  PROMQL_UNSUPPORTED: { status: 400, summary: 'A PromQL feature is not available in this version.' },
  PROMQL_EXECUTION: { status: 422, summary: 'A PromQL expression failed while it ran.' },
  QUERY_BAD_PARAMETER: { status: 400, summary: 'A request parameter is missing or malformed.' },
  QUERY_TOO_LARGE: { status: 422, summary: 'A query would read or return more than its limit.' },
  QUERY_TIMEOUT: { status: 503, summary: 'A query ran out of time.' },
  QUERY_OVERLOADED: { status: 503, summary: 'Too many queries are running and waiting; send again later.' },
  QUERY_CANCELLED: { status: 499, summary: 'The client left before its query finished.' },
  // Rules, alerts, templates
  RULE_INVALID: { status: 400, summary: 'A rule file is not valid.' },
  TEMPLATE_INVALID: { status: 400, summary: 'A template does not parse or failed while it ran.' },
  RULE_TEST_FAILED: { status: 400, summary: 'A file with tests of rules cannot be run.' },
  ALERTMANAGER_INVALID: { status: 400, summary: 'An Alertmanager file is not valid.' },
  SILENCE_INVALID: { status: 400, summary: 'A silence is not valid or has expired.' },
  ADDRESS_NOT_ALLOWED: { status: 403, summary: 'An address lies outside the networks that Vedette may connect to.' },
  RECEIVER_TEST_BUSY: { status: 429, summary: 'Receivers are tested too often.' },
  NOTIFY_FAILED: { status: 502, summary: 'A notification could not be delivered.' },
  // Dashboards
  DASHBOARD_INVALID: { status: 400, summary: 'A dashboard cannot be read.' },
  // Fleet
  CAMERA_INVALID: { status: 400, summary: 'A camera, or what is said of it, is not valid.' },
  CAMERA_CONFLICT: { status: 409, summary: 'A camera was changed meanwhile, or its id is taken.' },
  SITE_PLAN_INVALID: { status: 400, summary: 'A picture cannot be used as the plan of a site.' },
  // HTTP
  NOT_FOUND: { status: 404, summary: 'There is nothing at this address.' },
  UNAUTHORIZED: { status: 401, summary: 'Credentials are missing or wrong.' },
  SIGN_IN_BUSY: { status: 503, summary: 'Too many passwords are being checked at once; send the request again.' },
  ADMIN_API_DISABLED: { status: 403, summary: 'The administration API is switched off.' },
  FORBIDDEN_HOST: { status: 403, summary: 'The request names a host or origin that Vedette does not serve.' },
} as const satisfies Record<string, { readonly status: number; readonly summary: string }>;

export type ErrorCode = keyof typeof REGISTRY;

export function errorCodes(): readonly {
  readonly code: ErrorCode;
  readonly status: number;
  readonly summary: string;
}[] {
  return (Object.keys(REGISTRY) as ErrorCode[]).map((code) => ({ code, ...REGISTRY[code] }));
}

/** An error with a stable code, an HTTP status and structured details; the message says what, where and what to do. */
export class VedetteError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'VedetteError';
    this.code = code;
    this.status = REGISTRY[code].status;
    this.details = options.details ?? {};
  }
}

export function isVedetteError(error: unknown, code?: ErrorCode): error is VedetteError {
  return error instanceof VedetteError && (code === undefined || error.code === code);
}

/** Words for any thrown value. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    return error.errors.map((inner) => errorMessage(inner)).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
