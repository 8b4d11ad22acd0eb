/**
 * What a regular expression from outside may be. RE2 matches in linear time, but compiling takes time and stack of its own: re2js walks
 * what a character may skip recursively, and compares nodes by their text once there are a thousand of them.
 */

/** Longest pattern accepted; RE2 is linear in the input but its program grows with the pattern. */
export const REGEX_LENGTH_MAX = 8_192;
const GROUPS_DEEP_MAX = 250;
/** Atoms when repetitions such as `{1000}` are written out: some 100 ms of compiling. */
const ATOMS_MAX = 20_000;
/** Choices, groups and assertions written out: each may take a frame of the stack, of which there are some 6,000. */
const STEPS_MAX = 4_000;
/** Classes such as `\pL` have hundreds of ranges each. */
const UNICODE_CLASSES_MAX = 100;

/** One of several alternatives: those that begin alike are compared class by class, again for each class. */
const ALTERNATIVE_CLASSES_MAX = 250;

/** Of an atom, a group or a whole pattern, repetitions written out. */
interface Size {
  atoms: number;
  steps: number;
  /** Classes since the last bar. */
  classes: number;
  /** Of the longest alternative, once there are several. */
  alternative: number;
  isChoice: boolean;
}

const NOTHING: Size = { atoms: 0, steps: 0, classes: 0, alternative: 0, isChoice: false };
const TOO_LONG = `regular expression has an alternative of more than ${ALTERNATIVE_CLASSES_MAX} character classes`;

const REPETITION = /\{(\d{1,9})(,(\d{0,9}))?\}/y;

/** Why the pattern is refused before anything compiles it, in words; undefined when it may be compiled. */
export function regexFault(pattern: string): string | undefined {
  if (pattern.length > REGEX_LENGTH_MAX)
    return `regular expression of ${pattern.length} characters is longer than ${REGEX_LENGTH_MAX}`;
  const open: Size[] = [{ ...NOTHING }];
  let last: Size = { ...NOTHING };
  let unicodeClasses = 0;
  const add = (atoms: number, steps: number, classes = 0): void => {
    const group = open[open.length - 1] as Size;
    group.atoms += atoms;
    group.steps += steps;
    group.classes += classes;
  };
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === '(') {
      if (open.length > GROUPS_DEEP_MAX) return `regular expression nests deeper than ${GROUPS_DEEP_MAX} groups`;
      const captures = pattern[at + 1] !== '?';
      open.push({ ...NOTHING, steps: captures ? 3 : 1 });
      if (!captures) at++;
    } else if (char === ')') {
      if (open.length > 1) {
        last = open.pop() as Size;
        if (isTooLong(last)) return TOO_LONG;
        last.classes = Math.max(last.classes, last.alternative);
        add(last.atoms, last.steps, last.classes);
      } else {
        // One too many closes the group that whoever compiles it puts around the pattern: all of it may be repeated.
        last = { ...(open[0] as Size) };
      }
    } else if (char === '|') {
      const group = open[open.length - 1] as Size;
      group.alternative = Math.max(group.alternative, group.classes);
      group.classes = 0;
      group.isChoice = true;
      add(0, 1);
    } else if (char === '*' || char === '+' || char === '?') {
      add(0, 1);
    } else if (char === '{') {
      REPETITION.lastIndex = at;
      const repetition = REPETITION.exec(pattern);
      if (!repetition) {
        last = { ...NOTHING, atoms: 1 };
        add(1, 0);
        continue;
      }
      const least = Number(repetition[1]);
      const most = Math.max(least, Number(repetition[3] ?? 0), 1);
      const times = most - 1;
      const added = { atoms: last.atoms * times, steps: last.steps * times + (repetition[2] === undefined ? 0 : most) };
      const classes = last.classes * times;
      add(added.atoms, added.steps, classes);
      last = {
        ...NOTHING,
        atoms: last.atoms + added.atoms,
        steps: last.steps + added.steps,
        classes: last.classes + classes,
      };
      at += repetition[0].length - 1;
    } else {
      const end = char === '[' ? classEnd(pattern, at) : char === '\\' ? at + 1 : at;
      unicodeClasses += unicodeClassesIn(pattern, at, end);
      const asserts = char === '^' || char === '$' || (char === '\\' && 'bBAzZ'.includes(pattern[end] ?? ' '));
      const isClass = char === '.' || char === '[' || (char === '\\' && 'dDsSwWpP'.includes(pattern[end] ?? ' '));
      last = { ...NOTHING, atoms: 1, steps: asserts ? 1 : 0, classes: isClass ? 1 : 0 };
      add(last.atoms, last.steps, last.classes);
      at = end;
    }
    const { atoms, steps } = open[open.length - 1] as Size;
    if (atoms > ATOMS_MAX) return `regular expression has more than ${ATOMS_MAX} parts, its repetitions written out`;
    if (steps > STEPS_MAX) return `regular expression has more than ${STEPS_MAX} choices and groups`;
    if (unicodeClasses > UNICODE_CLASSES_MAX)
      return `regular expression has more than ${UNICODE_CLASSES_MAX} Unicode classes`;
  }
  return open.some(isTooLong) ? TOO_LONG : undefined;
}

function isTooLong({ isChoice, classes, alternative }: Size): boolean {
  return isChoice && Math.max(classes, alternative) > ALTERNATIVE_CLASSES_MAX;
}

/** Index of the bracket that ends the class; the last character when none does. */
function classEnd(pattern: string, start: number): number {
  // A bracket that comes first, or after the sign of negation, is a member.
  let at = pattern[start + 1] === '^' ? start + 2 : start + 1;
  if (pattern[at] === ']') at++;
  for (; at < pattern.length; at++) {
    if (pattern[at] === ']') return at;
    if (pattern[at] === '\\') at++;
    else if (pattern.startsWith('[:', at)) {
      const named = pattern.indexOf(':]', at + 2);
      if (named >= 0) at = named + 1;
    }
  }
  return pattern.length - 1;
}

function unicodeClassesIn(pattern: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    if (pattern[at] !== '\\') continue;
    if (pattern[at + 1] === 'p' || pattern[at + 1] === 'P') count++;
    at++;
  }
  return count;
}
