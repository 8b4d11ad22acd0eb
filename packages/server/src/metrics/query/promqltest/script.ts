import { parseDuration } from '../../../base/units.ts';
import { unquote } from '../parse/literals.ts';
import { signedNumber } from './number.ts';
import { type SeriesLine, type StartTimeLine, parseSeriesLine, parseStartTimeLine } from './series-notation.ts';

export interface NoteExpectation {
  readonly kind: 'fail' | 'warn' | 'info';
  readonly match: 'any' | 'msg' | 'regex';
  readonly text: string;
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query, which is evaluated at `endMs`. */
  readonly stepMs: number;
  readonly notes: readonly NoteExpectation[];
  readonly noWarn: boolean;
  readonly noInfo: boolean;
  readonly ordered: boolean;
  readonly expectedString?: string;
  readonly rangeVector?: { readonly startMs: number; readonly endMs: number; readonly stepMs: number };
  /** A lone number: the expected scalar. */
  readonly scalar?: number;
  readonly series: readonly SeriesLine[];
}

export type ScriptCommand =
  | { readonly kind: 'clear'; readonly line: number }
  | {
      readonly kind: 'load';
      readonly line: number;
      readonly intervalMs: number;
      /** The classic histograms are to be loaded as native ones as well. */
      readonly withNhcb: boolean;
      readonly series: readonly LoadLine[];
    }
  | EvalCommand;

export interface LoadLine extends SeriesLine {
  /** Start times relative to each point's own time, in milliseconds, from a `@st` line. */
  readonly startTimes?: readonly (number | undefined)[];
}

/** Commands of a script in order; throws a plain Error naming the line. */
export function parseScript(text: string): readonly ScriptCommand[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: ScriptCommand[] = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i] as string;
    if (line === '') {
      i++;
      continue;
    }
    const body: string[] = [];
    let next = i + 1;
    while (next < lines.length && lines[next] !== '' && !/^(?:load|eval|clear)/.test(lines[next] as string)) {
      body.push(lines[next] as string);
      next++;
    }
    try {
      commands.push(parseCommand(line, body, i + 1));
    } catch (error) {
      throw new Error(`line ${i + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    i = next;
  }
  return commands;
}

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const INSTANT = /^eval(_fail|_warn|_info|_ordered)?\s+instant\s+(?:at\s+(\S+))?\s*(.+)$/;
const RANGE = /^eval(_fail|_warn|_info|_ordered)?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;

function parseCommand(line: string, body: readonly string[], number: number): ScriptCommand {
  if (line === 'clear') return { kind: 'clear', line: number };
  const load = LOAD.exec(line);
  if (load) {
    return {
      kind: 'load',
      line: number,
      intervalMs: parseTime(load[2] as string),
      withNhcb: load[1] !== undefined,
      series: parseLoad(body),
    };
  }
  const range = RANGE.exec(line);
  if (range) {
    const [, variant, start, end, step, query] = range;
    return parseEval(
      number,
      query ?? '',
      variant,
      body,
      parseTime(start ?? ''),
      parseTime(end ?? ''),
      parseTime(step ?? ''),
    );
  }
  const instant = INSTANT.exec(line);
  if (instant) {
    const at = parseTime(instant[2] ?? '0');
    return parseEval(number, instant[3] ?? '', instant[1], body, at, at, 0);
  }
  throw new Error(`unknown command "${line}"`);
}

function parseLoad(body: readonly string[]): readonly LoadLine[] {
  const series: LoadLine[] = [];
  let pending: StartTimeLine | undefined;
  for (const entry of body) {
    const starts = parseStartTimeLine(entry);
    if (starts && pending) throw new Error(`the @st line of ${pending.labels} has no line of samples behind it`);
    if (starts) {
      pending = starts;
      continue;
    }
    const line = parseSeriesLine(entry);
    if (pending && !pending.labels.equals(line.labels))
      throw new Error(`the @st line of ${pending.labels} stands before ${line.labels}`);
    if (pending && pending.startTimes.length !== line.points.length)
      throw new Error(`the @st line has ${pending.startTimes.length} values and its samples are ${line.points.length}`);
    series.push(pending ? { ...line, startTimes: pending.startTimes } : line);
    pending = undefined;
  }
  if (pending) throw new Error(`the @st line of ${pending.labels} has no line of samples behind it`);
  return series;
}

/** Milliseconds of `5m`, `-10s`, `8000`. */
function parseTime(text: string): number {
  const duration = parseDuration(text.replace(/^-/, ''));
  if (duration !== undefined) return text.startsWith('-') ? -duration : duration;
  const seconds = signedNumber(text);
  if (seconds === undefined) throw new Error(`cannot read the time "${text}"`);
  return Math.round(seconds * 1000);
}

const EXPECT = /^expect\s+(fail|warn|info|no_warn|no_info|ordered|string|range vector)(?:\s+(msg|regex)\s*:)?\s*(.*)$/;
const RANGE_VECTOR = /^from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;

function parseEval(
  line: number,
  query: string,
  variant: string | undefined,
  body: readonly string[],
  startMs: number,
  endMs: number,
  stepMs: number,
): EvalCommand {
  const notes: NoteExpectation[] = [];
  const series: SeriesLine[] = [];
  let command: EvalCommand = {
    kind: 'eval',
    line,
    query: query.trim(),
    startMs,
    endMs,
    stepMs,
    notes,
    noWarn: false,
    noInfo: false,
    ordered: variant === '_ordered',
    series,
  };
  if (variant === '_fail') notes.push({ kind: 'fail', match: 'any', text: '' });
  if (variant === '_warn') notes.push({ kind: 'warn', match: 'any', text: '' });
  if (variant === '_info') notes.push({ kind: 'info', match: 'any', text: '' });
  for (const entry of body) {
    const expect = EXPECT.exec(entry);
    if (!expect) {
      if (entry.startsWith('expected_fail_message'))
        notes.push({ kind: 'fail', match: 'msg', text: entry.slice(21).trim() });
      else if (entry.startsWith('expected_fail_regexp'))
        notes.push({ kind: 'fail', match: 'regex', text: entry.slice(20).trim() });
      else if (signedNumber(entry) !== undefined) command = { ...command, scalar: signedNumber(entry) as number };
      else series.push(parseSeriesLine(entry));
      continue;
    }
    const [, kind, match, rest] = expect;
    // What is no `msg:` and no `regex:` would expect nothing of what it says.
    if (kind !== 'string' && kind !== 'range vector' && match === undefined && rest !== '')
      throw new Error(
        `cannot read "${entry}"; write: expect <type> <match_type>: <string>, with msg or regex as match type`,
      );
    if (kind === 'fail' || kind === 'warn' || kind === 'info') {
      notes.push({ kind, match: match === 'msg' || match === 'regex' ? match : 'any', text: (rest ?? '').trim() });
    } else if (kind === 'no_warn') command = { ...command, noWarn: true };
    else if (kind === 'no_info') command = { ...command, noInfo: true };
    else if (kind === 'ordered') command = { ...command, ordered: true };
    else if (kind === 'string') {
      const expectedString = unquote((rest ?? '').trim());
      if (expectedString === undefined) throw new Error(`"${entry}" needs a quoted string`);
      command = { ...command, expectedString };
    } else {
      const vector = RANGE_VECTOR.exec((rest ?? '').trim());
      if (!vector) throw new Error(`cannot read "${entry}"`);
      const [, from, to, step] = vector;
      command = {
        ...command,
        rangeVector: { startMs: parseTime(from ?? ''), endMs: parseTime(to ?? ''), stepMs: parseTime(step ?? '') },
      };
      // The end of the vector is when it is asked for.
      command = { ...command, startMs: parseTime(to ?? ''), endMs: parseTime(to ?? '') };
    }
  }
  const wants = (kind: string): boolean => notes.some((note) => note.kind === kind);
  if ((command.noWarn && wants('warn')) || (command.noInfo && wants('info')))
    throw new Error('expects an annotation and its absence; keep one of the two lines');
  return command;
}
