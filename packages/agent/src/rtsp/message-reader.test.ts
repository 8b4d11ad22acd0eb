import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageReader, type RtspMessage } from './message-reader.ts';
import { ProbeError } from './probe-error.ts';

type Event =
  | { readonly answer: number; readonly body: string }
  | { readonly channel: number; readonly payload: string };

function reading(): { reader: MessageReader; events: Event[]; messages: RtspMessage[] } {
  const events: Event[] = [];
  const messages: RtspMessage[] = [];
  const reader = new MessageReader({
    onMessage: (message) => {
      messages.push(message);
      events.push({ answer: message.status, body: Buffer.from(message.body).toString() });
    },
    onPacket: (channel, payload) => events.push({ channel, payload: Buffer.from(payload).toString('hex') }),
  });
  return { reader, events, messages };
}

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ answer: fc.constantFrom(200, 401, 454), body: fc.string({ maxLength: 80 }) }),
  fc.record({
    channel: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  }),
);

function encode(each: Event): Buffer {
  if ('channel' in each) {
    const payload = Buffer.from(each.payload, 'hex');
    return Buffer.concat([Buffer.from([0x24, each.channel, payload.length >> 8, payload.length & 255]), payload]);
  }
  const body = Buffer.from(each.body);
  return Buffer.concat([
    Buffer.from(`RTSP/1.0 ${each.answer} Some Words\r\nCSeq: 1\r\ncontent-length:${body.length}\r\n\r\n`),
    body,
  ]);
}

describe('the reader of messages', () => {
  it('finds the same messages and packets however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
        (list, cuts) => {
          const bytes = Buffer.concat(list.map(encode));
          const { reader, events } = reading();
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length] as number;
            reader.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(events).toEqual(list);
        },
      ),
    );
  });

  it('survives any bytes: it reads on, or says why not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), event.map(encode)), { maxLength: 20 }),
        (chunks) => {
          const { reader } = reading();
          try {
            for (const chunk of chunks) reader.push(chunk);
          } catch (error) {
            expect(error).toBeInstanceOf(ProbeError);
          }
        },
      ),
    );
  });

  it('joins lines that go on, keeps values that come again, and reads requests', () => {
    const { reader, messages } = reading();
    reader.push(
      Buffer.from(
        'RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nwww-authenticate: Digest a="b",\r\n  c="d"\r\n\r\n',
      ),
    );
    reader.push(Buffer.from('ANNOUNCE rtsp://x RTSP/1.0\r\nCSeq: 5\r\n\r\n'));
    expect(messages[0]?.headers.get('www-authenticate')).toEqual(['Basic realm="x"', 'Digest a="b", c="d"']);
    expect(messages[1]).toMatchObject({ status: 0, phrase: 'ANNOUNCE' });
  });

  it('finds the next packet after one with a wrong length', () => {
    const { reader, events } = reading();
    reader.push(encode({ answer: 200, body: '' }));
    const wrong = encode({ channel: 0, payload: '11'.repeat(50) });
    wrong.writeUInt16BE(20, 2);
    reader.push(wrong);
    reader.push(encode({ channel: 0, payload: '2222' }));
    reader.push(encode({ answer: 200, body: 'x' }));
    expect(events.slice(2)).toEqual([
      { channel: 0, payload: '2222' },
      { answer: 200, body: 'x' },
    ]);
    expect(reader.resyncs).toBe(1);
  });
});
