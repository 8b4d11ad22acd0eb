import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

describe('the turnstile of queries', () => {
  it('keeps the order and loses nobody', async () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const query = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 3; turn++) {
        order.push(`${name}${turn}`);
        await turnstile.pass();
      }
    };
    await Promise.all([query('a'), query('b'), query('c')]);
    expect(order).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it('lets sockets be served between the turns of two queries', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
    await once(client, 'connect');
    const turnstile = new Turnstile();
    let turns = 0;
    let running = true;
    const heavy = Array.from({ length: 20 }, async () => {
      while (running) {
        turns++;
        await turnstile.pass();
      }
    });
    const waited: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = turns;
      client.write('x');
      await once(client, 'data');
      waited.push(turns - before);
    }
    running = false;
    await Promise.all(heavy);
    client.destroy();
    server.close();
    // There and back are a few rounds of the loop. If all queries had a turn in each, there would be twenty turns in a round.
    expect(Math.min(...waited)).toBeLessThan(20);
  });
});
