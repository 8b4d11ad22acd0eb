import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from './http-failure.ts';
import { SocksHandshake } from './socks-handshake.ts';

const user = { username: 'u', password: 'p' };

/** What the client sends in answer to the proxy's bytes, handed over in pieces that end at these places. */
function talk(handshake: SocksHandshake, bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const sent: Buffer[] = [];
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const reply = handshake.take(Buffer.from(bytes.subarray(from, to)));
    if (reply !== undefined) sent.push(reply);
    from = to;
  }
  return sent;
}

describe('the SOCKS handshake', () => {
  it.each([
    ['cam-1.test', 443, '050100030a63616d2d312e7465737401bb'],
    ['192.0.2.7', 80, '05010001c00002070050'],
    ['fd00::1:2', 9100, '05010004fd000000000000000000000000010002238c'],
    ['::1', 1, '05010004000000000000000000000000000000010001'],
  ])('asks for %s:%d', (host, port, expected) => {
    const handshake = new SocksHandshake(host, port, { username: '', password: '' });
    expect(handshake.greeting().toString('hex')).toBe('050100');
    expect(handshake.take(Buffer.from([5, 0]))?.toString('hex')).toBe(expected);
    expect(handshake.take(Buffer.from('0500000100000000', 'hex'))).toBeUndefined();
    expect(handshake.done).toBe(false);
    handshake.take(Buffer.from([0, 0]));
    expect(handshake.done).toBe(true);
  });

  it('understands answers cut anywhere, with every kind of address', () => {
    const address = fc.constantFrom('0100000000', '03026162', '0400000000000000000000000000000000');
    fc.assert(
      fc.property(address, fc.array(fc.nat(3), { maxLength: 3 }), fc.nat(20), (bound, cuts, lastCut) => {
        const handshake = new SocksHandshake('a.test', 80, user);
        expect(handshake.greeting().toString('hex')).toBe('05020002');
        const sent = [
          ...talk(
            handshake,
            Buffer.from('0502', 'hex'),
            cuts.map((cut) => Math.min(cut, 2)),
          ),
          ...talk(handshake, Buffer.from('0100', 'hex'), []),
        ];
        expect(sent.map((reply) => reply.toString('hex'))).toEqual(['0101750170', '0501000306612e746573740050']);
        const answer = Buffer.from(`050000${bound}0000`, 'hex');
        talk(handshake, answer, [Math.min(lastCut, answer.length)]);
        expect(handshake.done).toBe(true);
      }),
    );
  });

  it('any other bytes are refused in words, or waited on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 4 }), (bytes, cuts) => {
        const handshake = new SocksHandshake('a.test', 80, user);
        try {
          talk(
            handshake,
            bytes,
            cuts.map((cut) => Math.min(cut, bytes.length)),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(HttpFailure);
        }
      }),
    );
  });
});
