/** Why there is no answer, in one sentence that names the remedy. Holds no secrets: it is shown on pages and in logs. */
export class HttpFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'HttpFailure';
  }
}

/** The client may not connect to the address: its AddressFilter says so. */
export class AddressRefused extends HttpFailure {}

/** The refused address behind a failure: a request may fail because that for its token was refused. */
export function refusedAddress(error: unknown): AddressRefused | undefined {
  if (error instanceof AddressRefused) return error;
  return error instanceof HttpFailure ? refusedAddress(error.cause) : undefined;
}

/** The body is over the request's limit. */
export class BodyTooLarge extends HttpFailure {}
