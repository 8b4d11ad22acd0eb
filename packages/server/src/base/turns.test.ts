import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('what has used the least goes first, and one computation a turn', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const job = async (name: string, usedMs: number): Promise<void> => {
      await turns.next(usedMs);
      order.push(name);
    };
    const between = (async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise((done) => {
          setImmediate(done);
        });
        order.push('others');
      }
    })();
    await Promise.all([job('heavy', 900), job('cheap', 3), job('middle', 40), between]);
    expect(order.filter((name) => name !== 'others')).toEqual(['cheap', 'middle', 'heavy']);
    expect(order.indexOf('others')).toBeLessThan(order.indexOf('middle'));
  });

  it('hands out turns again after it ran dry', async () => {
    const turns = new Turns();
    await turns.next(1);
    await turns.next(2);
    await Promise.all([turns.next(3), turns.next(4)]);
  });

  it('lets sockets be served between the turns of two queries', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
    await once(client, 'connect');
    const own = new Turns();
    let turns = 0;
    const work = { running: true };
    const heavy = Array.from({ length: 20 }, async () => {
      while (work.running) {
        turns++;
        await own.next(turns);
      }
    });
    const waited: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = turns;
      client.write('x');
      await once(client, 'data');
      waited.push(turns - before);
    }
    work.running = false;
    await Promise.all(heavy);
    client.destroy();
    server.close();
    // There and back are a few rounds of the loop. If all queries had a turn in each, there would be twenty turns in a round.
    expect(Math.min(...waited)).toBeLessThan(20);
  });
});
