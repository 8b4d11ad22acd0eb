import type { Muter } from '../../src/alerting/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { AlertingHouse } from '../support/alerting-house.ts';
import { type Heard, type LabelSet, type Scenario, type Step, heardBody } from './scenario.ts';

const HOOKS = 'http://hook/';
const RESOLVE_TIMEOUT_MS = 300_000;

/** Runs a scenario on the alerting room, in virtual time. */
export async function runOurs(scenario: Scenario): Promise<readonly Heard[]> {
  const silences = new ScriptedSilences();
  const house = new AlertingHouse(fileText(scenario.config), 1, { silences, externalLabels: {} });
  const startMs = house.clock.now();
  await house.start();
  const since = new Map<string, number>();
  for (const step of scenario.steps) {
    await house.clock.advance(startMs + step.atS * 1_000 - house.clock.now());
    await take(step, house, { silences, since, startMs });
  }
  await house.clock.advance(startMs + scenario.endS * 1_000 - house.clock.now());
  await house.stop();
  return house.posted.map(({ atMs, url, body }) => ({
    atS: (atMs - startMs) / 1_000,
    receiver: url.slice(HOOKS.length),
    body: heardBody(body),
  }));
}

interface Run {
  readonly silences: ScriptedSilences;
  /** When alerts began, by their labels. */
  readonly since: Map<string, number>;
  readonly startMs: number;
}

async function take(step: Step, house: AlertingHouse, { silences, since, startMs }: Run): Promise<void> {
  const now = house.clock.now();
  if ('fire' in step) {
    const startsAtMs = now - (step.sinceS ?? 0) * 1_000;
    for (const labels of step.fire) since.set(JSON.stringify(labels), startsAtMs);
    const endsAtMs = now + (step.forS === undefined ? RESOLVE_TIMEOUT_MS : step.forS * 1_000);
    await house.room.sink.receive(
      step.fire.map((labels) => incoming(labels, startsAtMs, endsAtMs, false)),
      now,
    );
  } else if ('resolve' in step) {
    const ended = step.resolve.map((labels) => incoming(labels, since.get(JSON.stringify(labels)) ?? now, now, true));
    await house.room.sink.receive(ended, now);
  } else if ('silence' in step) {
    silences.add(step.silence, step.matching, startMs + step.untilS * 1_000);
  } else if ('expire' in step) {
    silences.expire(step.expire);
  } else if ('receiver' in step) {
    house.answers.set(`${HOOKS}${step.receiver}`, step.answers);
  } else if ('restart' in step) {
    await house.crash(0, false);
  } else {
    await house.apply(fileText(step.reload));
  }
}

function incoming(labels: LabelSet, startsAtMs: number, endsAtMs: number, resolved: boolean) {
  return {
    labels: Labels.fromObject({ ...labels }),
    annotations: {},
    startsAtMs,
    endsAtMs,
    resolved,
    generatorUrl: '',
  };
}

function fileText(config: string): string {
  return config.replaceAll('http://HOOK/', HOOKS);
}

/** What the scenario silences, as the room asks for it. */
class ScriptedSilences implements Muter {
  readonly #active = new Map<string, { readonly matching: LabelSet; readonly untilMs: number }>();

  add(name: string, matching: LabelSet, untilMs: number): void {
    this.#active.set(name, { matching, untilMs });
  }

  expire(name: string): void {
    this.#active.delete(name);
  }

  mutedBy(labels: Labels, at: number) {
    for (const [name, { matching, untilMs }] of this.#active) {
      const holds = at < untilMs && Object.entries(matching).every(([label, value]) => labels.get(label) === value);
      if (holds) return { by: 'silence' as const, ids: [name], text: 'silenced by the scenario' };
    }
    return undefined;
  }
}
