/** Why there is no answer, in one sentence that names the remedy. Holds no secrets: it is shown on pages and in logs. */
export class HttpFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'HttpFailure';
  }
}

/** The body is over the request's limit. */
export class BodyTooLarge extends HttpFailure {}
