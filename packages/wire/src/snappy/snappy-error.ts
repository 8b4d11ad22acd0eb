/** A body that is not valid Snappy, or whose declared length is over the limit (`tooLarge`). */
export class SnappyError extends Error {
  readonly tooLarge: boolean;

  constructor(message: string, tooLarge = false) {
    super(message);
    this.name = 'SnappyError';
    this.tooLarge = tooLarge;
  }
}
