/** Resolved at the moment of use from environment or file, and never part of an answer, a log line or a URL. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
