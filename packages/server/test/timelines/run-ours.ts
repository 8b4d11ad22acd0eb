import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { AlertingHouse } from '../support/alerting-house.ts';
import { type Heard, type LabelSet, type Scenario, type Step, heardBody } from './scenario.ts';

const HOOKS = 'http://hook/';
const RESOLVE_TIMEOUT_MS = 300_000;

/** Runs a scenario on the alerting room, in virtual time. */
export async function runOurs(scenario: Scenario): Promise<readonly Heard[]> {
  const silences = new Map<string, string>();
  const house = new AlertingHouse(fileText(scenario.config), 1, { externalLabels: {} });
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
  /** Ids by the scenario's names. */
  readonly silences: Map<string, string>;
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
    const id = await house.room.alertmanager.silences().set(
      {
        matchers: Object.entries(step.matching).map(([name, value]) => createMatcher(name, '=', value)),
        startsAtMs: now,
        endsAtMs: startMs + step.untilS * 1_000,
        createdBy: 'scenario',
        user: undefined,
        comment: step.silence,
        annotations: {},
      },
      now,
    );
    silences.set(step.silence, id);
  } else if ('expire' in step) {
    await house.room.alertmanager.silences().expire(silences.get(step.expire) ?? '', now);
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
