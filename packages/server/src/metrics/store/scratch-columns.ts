/** Larger batches get columns of their own. */
const SCRATCH_ROWS_MAX = 32_768;

/** A batch of usual size is copied into the same columns each time: hundreds of them a second would be garbage. */
export class ScratchColumns {
  rowRef = new Uint32Array(0);
  timestampMs = new Float64Array(0);
  value = new Float64Array(0);

  /** Columns of at least so many rows. */
  of(rows: number): ScratchColumns {
    if (rows <= this.rowRef.length) return this;
    const columns = rows <= SCRATCH_ROWS_MAX ? this : new ScratchColumns();
    const length = Math.max(rows, Math.min(SCRATCH_ROWS_MAX, 2 * this.rowRef.length));
    columns.rowRef = new Uint32Array(length);
    columns.timestampMs = new Float64Array(length);
    columns.value = new Float64Array(length);
    return columns;
  }
}
