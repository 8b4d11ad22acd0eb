import { afterEach, expect, it } from 'vitest';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const CAMERAS = 30;

let house: AlertingHouse;
afterEach(async () => house.stop());

/** One group for each camera. */
const CONFIG = {
  route: { receiver: 'pager', group_by: ['camera'], group_wait: '30s', group_interval: '5m', repeat_interval: '4h' },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
};

it.each([['refuses connections', 0] as const, ['answers 503', 503] as const])(
  'a receiver that %s for an hour, with a kill in between, then hears of all that fires and of all ends, once each',
  async (_, answer) => {
    house = new AlertingHouse(CONFIG);
    await house.start();
    const cameras = Array.from({ length: CAMERAS }, (_entry, i) => `c${i}`);
    // A third was told before, a third begins while it is down, a third begins and ends meanwhile.
    const before = cameras.filter((_camera, i) => i % 3 === 0);
    const during = cameras.filter((_camera, i) => i % 3 === 1);
    const brief = cameras.filter((_camera, i) => i % 3 === 2);
    for (const camera of before) await house.fire(camera);
    await house.pass(2 * MINUTE);
    expect(house.told.flatMap(({ firing }) => firing).toSorted()).toEqual(before.toSorted());

    house.answers.set('http://pager/hook', answer);
    for (const camera of [...during, ...brief]) await house.fire(camera);
    await house.pass(20 * MINUTE);
    for (const camera of [...before.slice(5), ...brief]) await house.resolve(camera);
    await house.pass(5 * MINUTE);
    await house.crash(MINUTE);
    await house.pass(34 * MINUTE);
    expect(house.told).toHaveLength(before.length);

    house.answers.delete('http://pager/hook');
    // What ended longer ago than rules repeat it is told all the same: its group still has it, or hears of it by its end.
    await house.pass(6 * MINUTE);
    const after = house.told.slice(before.length);
    expect(after.flatMap(({ firing }) => firing).toSorted()).toEqual(during.toSorted());
    expect(after.flatMap(({ resolved }) => resolved).toSorted()).toEqual(before.slice(5).toSorted());
    await house.pass(120 * MINUTE);
    expect(house.told).toHaveLength(before.length + after.length);
  },
);
