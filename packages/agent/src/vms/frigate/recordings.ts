import { field, figure, list } from '../../source/bounded-json.ts';

/** Segments of ten seconds; the window that is asked for has some sixty. */
const SEGMENTS_MAX = 4_096;

/** The end of the newest segment of `/api/<camera>/recordings`, Unix seconds; undefined when there is none. */
export function newestSegmentEnd(answer: unknown): number | undefined {
  let newest: number | undefined;
  for (const segment of list(answer, SEGMENTS_MAX)) {
    const end = figure(field(segment, 'end_time'));
    if (end !== undefined && end > 0 && (newest === undefined || end > newest)) newest = end;
  }
  return newest;
}
