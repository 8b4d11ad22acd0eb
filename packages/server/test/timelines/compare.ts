import { type Heard, type Scenario, TOLERANCE_MS } from './scenario.ts';

/** What differs between the two sides, one line each; empty when they tell the same. */
export function differences(scenario: Scenario, real: readonly Heard[], ours: readonly Heard[]): readonly string[] {
  const toleranceS = (scenario.toleranceMs ?? TOLERANCE_MS) / 1_000;
  const found: string[] = [];
  // Messages to different receivers, or of different groups, may swap places when they come in the same moment.
  for (const stream of new Set([...real, ...ours].map(streamOf))) {
    const theirs = real.filter((heard) => streamOf(heard) === stream);
    const own = ours.filter((heard) => streamOf(heard) === stream);
    if (theirs.length !== own.length)
      found.push(
        `${stream}: Alertmanager tells ${theirs.length} times (${times(theirs)}), Vedette ${own.length} (${times(own)})`,
      );
    for (const [i, one] of theirs.entries()) {
      const other = own[i];
      if (!other) continue;
      const apart = Math.abs(one.atS - other.atS);
      if (apart > toleranceS)
        found.push(
          `${stream}, message ${i + 1}: Alertmanager at ${one.atS.toFixed(2)} s, Vedette at ${other.atS.toFixed(2)} s`,
        );
      const said = JSON.stringify(sorted(one.body));
      const saidByUs = JSON.stringify(sorted(other.body));
      if (said !== saidByUs)
        found.push(`${stream}, message ${i + 1}:\n  Alertmanager ${said}\n  Vedette      ${saidByUs}`);
    }
  }
  return found;
}

function streamOf({ receiver, body }: Heard): string {
  return `${receiver} ${body.groupKey}`;
}

function times(heard: readonly Heard[]): string {
  return heard.map(({ atS, body }) => `${atS.toFixed(1)} s ${body.status}`).join(', ');
}

/** With keys in order, all the way down. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
