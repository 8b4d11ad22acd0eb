import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorMessage } from '../../src/base/errors.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { minimise } from './minimise.ts';
import { INPUT_LENGTH_MAX, mutate } from './mutate.ts';
import { paste } from './paste.ts';
import { FUZZ_BUDGET_MS, FUZZ_SEED } from './settings.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Fuzzing of one reader of what comes from outside. Inputs are valid ones, ones made to hurt, generated ones, and mutations of all
 * of these. Each must be read, or refused with the protocol's own error, in a bounded time and a bounded memory. Whatever `read`
 * throws beyond that is a finding: it is minimised and printed.
 */
export interface Subject<Input> {
  readonly name: string;
  /** Must be read without an error. */
  readonly valid: readonly Input[];
  readonly hostile?: readonly Input[];
  readonly generated?: fc.Arbitrary<Input>;
  /** Pieces that mean something in this format. */
  readonly words?: readonly string[];
  /** Reads the input whole; compares, where there is something to compare. */
  readonly read: (input: Input) => unknown;
  /** The protocol's own error. */
  readonly refuses: (error: unknown) => boolean;
  /** How much of the processor's time one input may take, where a second is not enough. */
  readonly inputMsMax?: number;
}

/** One input of at most 64 KiB; the slowest of the others take less than half. */
const INPUT_MS_MAX = 1_000;
/** Resident memory that one input may add. */
const INPUT_BYTES_MAX = 512 * 1024 * 1024;
const MINIMISE_MS_MAX = 20_000;
/** Inputs with an outcome that was not seen before are mutated further. */
const INTERESTING_MAX = 2_000;
const SHORT_LENGTH_MAX = 4_000;
const GENERATED_AT_ONCE = 50;

export function fuzzText(subject: Subject<string>): void {
  define('text', subject);
}

export function fuzzBytes({ generated, ...subject }: Subject<Uint8Array>): void {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  define('bytes', {
    ...subject,
    valid: subject.valid.map(text),
    hostile: (subject.hostile ?? []).map(text),
    ...(generated ? { generated: generated.map(text) } : {}),
    read: (input) => subject.read(Buffer.from(input, 'latin1')),
  });
}

function define(kind: 'text' | 'bytes', subject: Subject<string>): void {
  it(subject.name, async () => {
    const run = new Run(kind, subject);
    try {
      await run.all();
    } finally {
      await run.stop();
    }
    process.stdout.write(`fuzz ${subject.name}: ${run.summary}\n`);
  });
}

interface Attempt {
  readonly outcome: string;
  readonly ms: number;
  /** What makes this a finding, in words. */
  readonly fault?: string;
}

class Run {
  readonly #kind: 'text' | 'bytes';
  readonly #subject: Subject<string>;
  readonly #watchdog = new Watchdog();
  readonly #random: Random;
  readonly #corpus: string[];
  /** Long inputs are slow to read: most of the time goes to short ones. */
  readonly #short: string[];
  readonly #outcomes = new Set<string>();
  #inputs = 0;
  #accepted = 0;
  #worstMs = 0;
  #worstLength = 0;
  readonly #startedMs = performance.now();

  constructor(kind: 'text' | 'bytes', subject: Subject<string>) {
    this.#kind = kind;
    this.#subject = subject;
    this.#random = seededRandom(seedOf(subject.name));
    this.#corpus = [...subject.valid, ...(subject.hostile ?? [])].map((input) => input.slice(0, INPUT_LENGTH_MAX));
    this.#short = this.#corpus.filter((input) => input.length <= SHORT_LENGTH_MAX);
  }

  async stop(): Promise<void> {
    await this.#watchdog.stop();
  }

  get summary(): string {
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1);
    return (
      `${this.#inputs} inputs in ${seconds} s, ${this.#accepted} read, ` +
      `${this.#outcomes.size} outcomes, worst ${this.#worstMs.toFixed(0)} ms for ${this.#worstLength} characters`
    );
  }

  async all(): Promise<void> {
    process.stdout.write(`fuzz ${this.#subject.name}: seed ${FUZZ_SEED}, ${FUZZ_BUDGET_MS / 1_000} s\n`);
    const { valid, hostile = [] } = this.#subject;
    for (const input of valid) {
      const { outcome, fault } = await this.#attempt(input);
      if (fault === undefined && outcome !== ACCEPTED)
        this.#fail(input, input, `a valid input was refused: ${outcome}`);
      if (fault !== undefined) await this.#report(input, fault);
    }
    for (const input of hostile) await this.#try(input);
    const until = performance.now() + FUZZ_BUDGET_MS;
    for (let turnMs = performance.now(); performance.now() < until;) {
      await this.#try(this.#next());
      // The test runner wants to be heard now and then.
      if (performance.now() - turnMs < 200) continue;
      await nextTurn();
      turnMs = performance.now();
    }
  }

  #generated: string[] = [];

  #next(): string {
    const random = this.#random;
    const { generated, words = [] } = this.#subject;
    let input: string;
    if (generated && (this.#corpus.length === 0 || random() < 0.3)) {
      if (this.#generated.length === 0)
        this.#generated = fc.sample(generated, {
          seed: Math.floor(random() * 2 ** 31),
          numRuns: GENERATED_AT_ONCE,
        });
      input = this.#generated.pop() as string;
      if (random() < 0.3) return input;
    } else {
      const from = this.#short.length > 0 && random() < 0.97 ? this.#short : this.#corpus;
      input = from[Math.floor(random() * from.length)] as string;
    }
    return mutate(input, { random, kind: this.#kind, words, others: this.#corpus });
  }

  async #try(input: string): Promise<void> {
    const { outcome, fault } = await this.#attempt(input);
    if (fault !== undefined) await this.#report(input, fault);
    if (this.#outcomes.has(outcome)) return;
    this.#outcomes.add(outcome);
    if (this.#corpus.length >= INTERESTING_MAX) return;
    this.#corpus.push(input);
    if (input.length <= SHORT_LENGTH_MAX) this.#short.push(input);
  }

  async #attempt(input: string): Promise<Attempt> {
    const { inputMsMax = INPUT_MS_MAX } = this.#subject;
    const before = process.resourceUsage().maxRSS;
    const first = await this.#read(input);
    this.#inputs++;
    if (first.outcome === ACCEPTED) this.#accepted++;
    if (first.fault !== undefined) return first;
    const grownBytes = (process.resourceUsage().maxRSS - before) * 1_024;
    if (grownBytes > INPUT_BYTES_MAX)
      return { ...first, fault: `the memory grew by ${Math.round(grownBytes / 2 ** 20)} MiB` };
    let { ms } = first;
    // Once may be the machine's fault; thrice is not.
    for (let i = 0; i < 2 && ms > inputMsMax; i++) ms = Math.min(ms, (await this.#read(input)).ms);
    if (ms > this.#worstMs) {
      this.#worstMs = ms;
      this.#worstLength = input.length;
    }
    return ms > inputMsMax
      ? { ...first, fault: `takes ${ms.toFixed(0)} ms, at most ${inputMsMax} are allowed` }
      : first;
  }

  async #read(input: string): Promise<Attempt> {
    const { name, read, refuses } = this.#subject;
    this.#watchdog.begin(`${name}, seed ${FUZZ_SEED}`, input);
    // Of the processor, not of the wall: others may be busy on the same machine.
    const started = process.cpuUsage();
    const spentMs = (): number => {
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1_000;
    };
    try {
      await read(input);
      return { outcome: ACCEPTED, ms: spentMs() };
    } catch (error) {
      const ms = spentMs();
      const outcome = outcomeOf(error);
      return refuses(error) ? { outcome, ms } : { outcome, ms, fault: faultOf(error) };
    } finally {
      this.#watchdog.end();
    }
  }

  async #report(input: string, fault: string): Promise<void> {
    const kind = kindOfFault(fault);
    const smallest = await minimise(
      input,
      async (smaller) => kindOfFault((await this.#attempt(smaller)).fault) === kind,
      MINIMISE_MS_MAX,
    );
    this.#fail(input, smallest, (await this.#attempt(smallest)).fault ?? fault);
  }

  #fail(input: string, smallest: string, fault: string): never {
    expect.fail(
      `fuzz ${this.#subject.name}: ${fault}\n` +
        `seed ${FUZZ_SEED}; again: VEDETTE_FUZZ_SEED=${FUZZ_SEED} node bin/vedette self-test --project fuzz -t ${JSON.stringify(this.#subject.name)}\n` +
        `input (${input.length} characters, minimised to ${smallest.length}):\n${paste(smallest, this.#kind)}`,
    );
  }
}

const ACCEPTED = 'read';

/** The subject's own stream of random numbers, whatever else runs. */
function seedOf(name: string): number {
  let seed = FUZZ_SEED;
  for (let i = 0; i < name.length; i++) seed = (Math.imul(seed, 31) + name.charCodeAt(i)) | 0;
  return seed;
}

/** The error without what varies from input to input: the words of a message tell which branch was taken. */
function outcomeOf(error: unknown): string {
  return errorMessage(error)
    .slice(0, 300)
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"')
    .replaceAll(/[\d.]+/g, '0')
    .slice(0, 80);
}

function faultOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 12).join('\n') : '';
  return `${error instanceof Error ? error.name : typeof error}: ${errorMessage(error).slice(0, 2_000)}\n${stack}`;
}

/** Two findings are the same one when they begin alike; times and sizes vary. */
function kindOfFault(fault: string | undefined): string | undefined {
  return fault?.replaceAll(/[\d.]+/g, '0').slice(0, 40);
}
