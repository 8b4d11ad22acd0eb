import { afterEach, describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../src/alerting/ha/replicas.ts';
import { type Heard, ReplicaHouse } from '../support/replica-house.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const CONFIG = {
  route: {
    receiver: 'hook',
    group_by: ['alertname'],
    group_wait: '10s',
    group_interval: '1m',
    repeat_interval: '4h',
  },
  receivers: [{ name: 'hook', webhook_configs: [{ url: 'http://hook/' }] }],
};

let house: ReplicaHouse;
afterEach(() => house.stop());

async function two(config: unknown = CONFIG, seed = 1): Promise<void> {
  house = new ReplicaHouse(config, seed);
  await house.start('a');
  await house.start('b');
  await house.pass(MINUTE);
}

const words = ({ by, firing, resolved }: Heard): string =>
  [by, ...firing.map((camera) => `+${camera}`), ...resolved.map((camera) => `-${camera}`)].join(' ');

describe('two Vedettes over one state', () => {
  it('tell each notification once: new ones, repeats, ends', async () => {
    await two();
    house.fire('c1');
    await house.pass(2 * MINUTE);
    house.fire('c2');
    await house.pass(9 * HOUR);
    house.resolve('c1');
    await house.pass(20 * MINUTE);
    house.resolve('c2');
    await house.pass(HOUR);
    expect(house.told.map(words)).toEqual(['a +c1', 'a +c1 +c2', 'a +c1 +c2', 'a +c1 +c2', 'a +c2 -c1', 'a -c2']);
    expect(await house.metric('vedette_ha_position', 'b')).toBe(1);
    expect(await house.metric('vedette_ha_replicas', 'b')).toBe(2);
    expect(await house.metric('vedette_ha_double_notifications_total', 'a')).toBe(0);
  });

  it('when the first dies the second tells what is new within a group interval, and repeats nothing', async () => {
    await two();
    house.fire('c1');
    await house.pass(2 * MINUTE);
    await house.kill('a');
    const killedMs = house.clock.now();
    house.fire('c2');
    await house.pass(10 * MINUTE);
    expect(house.told.map(words)).toEqual(['a +c1', 'b +c1 +c2']);
    expect((house.told[1]?.atMs ?? Infinity) - killedMs).toBeLessThanOrEqual(MINUTE + LEASE_MS + 3 * SECOND);
    expect(await house.metric('vedette_ha_position', 'b')).toBe(0);
    // The repeat comes when it would have come.
    await house.pass(4 * HOUR);
    house.resolve('c1');
    await house.pass(2 * MINUTE);
    expect(house.told.slice(2).map(words)).toEqual(['b +c1 +c2', 'b +c2 -c1']);
  });

  it('an alert that begins as the first dies is told group_wait and a lease later', async () => {
    await two();
    await house.kill('a');
    const killedMs = house.clock.now();
    house.fire('c1');
    await house.pass(3 * MINUTE);
    expect(house.told.map(words)).toEqual(['b +c1']);
    expect((house.told[0]?.atMs ?? Infinity) - killedMs).toBeLessThanOrEqual(10 * SECOND + LEASE_MS + 5 * SECOND);
  });

  it('the first comes back and goes on where the second is', async () => {
    await two();
    house.fire('c1');
    await house.pass(2 * MINUTE);
    await house.kill('a');
    await house.pass(10 * MINUTE);
    house.fire('c2');
    await house.pass(5 * MINUTE);
    await house.start('a');
    await house.pass(10 * MINUTE);
    house.fire('c3');
    await house.pass(5 * MINUTE);
    house.resolve('c2');
    await house.pass(5 * MINUTE);
    // Who tells depends on whose flush comes first: a restarted group has another phase.
    expect(house.told.map((message) => words({ ...message, by: '' }).trim())).toEqual([
      '+c1',
      '+c1 +c2',
      '+c1 +c2 +c3',
      '+c1 +c3 -c2',
    ]);
  });

  it('killed while its receiver hangs, the first is relieved: the message that nobody acknowledged is told by the second', async () => {
    await two();
    house.answer = (by) => (by === 'a' ? 'hang' : 200);
    house.fire('c1');
    await house.pass(30 * SECOND);
    expect(house.told).toEqual([]);
    await house.kill('a');
    await house.pass(2 * MINUTE);
    expect(house.told.map(words)).toEqual(['b +c1']);
  });

  it('a slow receiver is not told by the second while the first is at it', async () => {
    await two();
    house.answerMs = 40 * SECOND;
    house.fire('c1');
    await house.pass(5 * MINUTE);
    expect(house.told.map(words)).toEqual(['a +c1']);
  });

  it('a receiver that only the second reaches is told by the second', async () => {
    await two();
    house.answer = (by) => (by === 'a' ? 0 : 200);
    const firedMs = house.clock.now();
    house.fire('c1');
    await house.pass(5 * MINUTE);
    expect(house.told.map(words)).toEqual(['b +c1']);
    // The first tries for a whole group interval; then it stands back.
    expect((house.told[0]?.atMs ?? Infinity) - firedMs).toBeLessThan(MINUTE + 30 * SECOND);
    house.answer = () => 200;
    house.fire('c2');
    await house.pass(5 * MINUTE);
    house.fire('c3');
    await house.pass(5 * MINUTE);
    // One who failed is behind once, and first again after that.
    expect(house.told.slice(1).map(words).at(-1)).toBe('a +c1 +c2 +c3');
    expect(house.told).toHaveLength(3);
  });

  it('that start at the same moment, not knowing of each other, tell once all the same', async () => {
    let unaware = 0;
    for (let seed = 1; seed <= 20; seed++) {
      house = new ReplicaHouse({ ...CONFIG, route: { ...CONFIG.route, group_wait: '0s' } }, seed);
      house.shared.writeMs = 20 + seed * 30;
      // Neither has heard of the other when both send.
      await Promise.all([house.start('a'), house.start('b')]);
      house.fire('c1');
      await house.pass(3 * MINUTE);
      expect([seed, house.told.length]).toEqual([seed, 1]);
      unaware += house.logged.filter((line) => line.includes('position":1')).length === 1 ? 1 : 0;
      await house.stop();
    }
    expect(unaware).toBe(20);
  });

  it('with the database away both tell, and say that they could not ask', async () => {
    await two();
    house.fire('c1');
    await house.pass(2 * MINUTE);
    house.shared.away = true;
    house.fire('c2');
    await house.pass(3 * MINUTE);
    const during = house.told.slice(1).map(words);
    expect(during).toEqual(['a +c1 +c2', 'b +c1 +c2']);
    expect(await house.metric('vedette_ha_unclaimed_notifications_total', 'a')).toBe(1);
    house.shared.away = false;
    await house.pass(5 * MINUTE);
    house.fire('c3');
    await house.pass(5 * MINUTE);
    expect(house.told.slice(3).map(words)).toEqual(['a +c1 +c2 +c3']);
  });

  it('nobody is taken for dead because the database was away', async () => {
    await two();
    // The second hears again at once, the first is heard some seconds later.
    const [a, b] = ['a', 'b'].map((name) => house.replicas.get(name)?.view);
    if (a) a.retryMs = 9_000;
    if (b) b.retryMs = 500;
    house.shared.away = true;
    await house.pass(10 * MINUTE + 15 * SECOND);
    house.shared.away = false;
    await house.pass(MINUTE);
    house.fire('c1');
    await house.pass(2 * MINUTE);
    expect(house.told.map(words)).toEqual(['a +c1']);
    expect(house.logged.filter((line) => line.includes('b info this Vedette tells alerts first'))).toHaveLength(0);
  });

  it('says so when two have the same name', async () => {
    house = new ReplicaHouse(CONFIG);
    await house.start('a');
    const first = house.replicas.get('a');
    await house.start('a');
    if (first) house.replicas.set('first a', first);
    await house.pass(MINUTE);
    expect(house.logged.some((line) => line.includes('has the same alerting.high_availability.name'))).toBe(true);
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`seed ${seed}: killed and started at random, nothing is lost, and nothing is told twice but for a crash between sending and storing`, async () => {
      house = new ReplicaHouse(CONFIG, seed);
      const { random } = house;
      await house.start('a');
      await house.start('b');
      await house.pass(2 * MINUTE);
      let crashes = 0;
      for (let step = 0; step < 60; step++) {
        const camera = `c${Math.floor(random() * 5)}`;
        if (random() < 0.5) house.fire(camera);
        else house.resolve(camera);
        // Never the last one.
        if (random() < 0.25 && house.replicas.size === 2) {
          await house.kill(random() < 0.5 ? 'a' : 'b');
          crashes++;
        } else if (random() < 0.5) {
          for (const name of ['a', 'b']) if (!house.replicas.has(name)) await house.start(name);
        }
        await house.pass((1 + Math.floor(random() * 12)) * 15 * SECOND);
      }
      await house.pass(10 * MINUTE);
      // What the receiver believes is what is.
      const believed = new Set<string>();
      let twice = 0;
      let before = '';
      for (const message of house.told) {
        for (const camera of message.firing) believed.add(camera);
        for (const camera of message.resolved) believed.delete(camera);
        const said = JSON.stringify([message.firing.toSorted(), message.resolved.toSorted()]);
        if (said === before) twice++;
        before = said;
      }
      expect([...believed].toSorted()).toEqual(house.firing().toSorted());
      expect(crashes).toBeGreaterThan(3);
      expect(house.told.length).toBeGreaterThan(20);
      expect(twice).toBeLessThanOrEqual(2);
    });
  }
});
