const SECONDS_DEFAULT = 10;

/** What a fuzz run can be told: `VEDETTE_FUZZ_SEED=7 VEDETTE_FUZZ_SECONDS=60 node bin/vedette self-test --project fuzz`. */
const numberOf = (name: string): number | undefined => {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name}: "${text}" is no number`);
  return value;
};

/** Decides all inputs; the configuration of the test runner makes one where none is set. */
export const FUZZ_SEED = numberOf('VEDETTE_FUZZ_SEED') ?? 0;
/** For each subject. */
export const FUZZ_BUDGET_MS = (numberOf('VEDETTE_FUZZ_SECONDS') ?? SECONDS_DEFAULT) * 1_000;
