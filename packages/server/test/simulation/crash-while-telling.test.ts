import { afterEach, describe, expect, it } from 'vitest';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const STEP_MS = 10_000;
const ROUTED = {
  route: { receiver: 'pager', group_by: ['camera'], group_wait: '30s', group_interval: '5m', repeat_interval: '4h' },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
};

let house: AlertingHouse;
afterEach(async () => house.stop());

/** The process dies when the receiver has the next message and before that is recorded. */
async function killedWhileTelling(withinMs: number): Promise<void> {
  const before = house.told.length;
  house.onTold = () => {
    house.state.frozen = true;
  };
  for (let passed = 0; passed < withinMs && house.told.length === before; passed += STEP_MS) await house.pass(STEP_MS);
  house.onTold = undefined;
  expect(house.told).toHaveLength(before + 1);
  await house.crash(MINUTE);
}

const said = (): readonly string[] => house.told.map(({ status }) => status);

describe('a kill between a message and its record', () => {
  it('of an end: the alert is told when it began anew meanwhile', async () => {
    house = new AlertingHouse(ROUTED);
    await house.start();
    await house.fire('gate');
    await house.pass(MINUTE);
    await house.resolve('gate');
    await killedWhileTelling(6 * MINUTE);
    await house.fire('gate');
    await house.pass(30 * MINUTE);
    expect(said()).toEqual(['firing', 'resolved', 'firing']);
  });

  it('of the first message: the end is told when nothing fires any more', async () => {
    house = new AlertingHouse(ROUTED);
    await house.start();
    await house.fire('gate');
    await killedWhileTelling(MINUTE);
    await house.resolve('gate');
    await house.pass(30 * MINUTE);
    expect(said()).toEqual(['firing', 'resolved']);
  });

  it('of the first message, while it goes on firing: told twice, and then no more', async () => {
    house = new AlertingHouse(ROUTED);
    await house.start();
    await house.fire('gate');
    await killedWhileTelling(MINUTE);
    await house.pass(60 * MINUTE);
    expect(said()).toEqual(['firing', 'firing']);
  });
});

it('a delivery that failed leaves nothing behind: what comes back before the end was heard is not told twice', async () => {
  house = new AlertingHouse(ROUTED);
  await house.start();
  await house.fire('gate');
  await house.pass(MINUTE);
  house.answer = 400;
  await house.resolve('gate');
  await house.pass(10 * MINUTE);
  await house.fire('gate');
  house.answer = 200;
  await house.pass(30 * MINUTE);
  expect(said()).toEqual(['firing']);
});
