import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestReader } from './request-reader.ts';

function read(chunks: readonly Buffer[]): { seen: string[]; faults: string[] } {
  const seen: string[] = [];
  const faults: string[] = [];
  const reader = new RequestReader({
    request: ({ method, url, headers }) => seen.push(`${method} ${url} ${headers.get('cseq') ?? ''}`),
    interleaved: (channel) => seen.push(`$${channel}`),
    fault: (reason) => faults.push(reason),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { seen, faults };
}

const request = (method: string, body = ''): Buffer =>
  Buffer.from(`${method} rtsp://h/x RTSP/1.0\r\nCSeq: 7\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

describe('requests of RTSP', () => {
  it('are found however the bytes arrive, receiver reports between them included', () => {
    const stream = Buffer.concat([
      request('OPTIONS'),
      Buffer.from([0x24, 1, 0, 3, 1, 2, 3]),
      request('GET_PARAMETER', 'ab\r\n\r\ncd'),
      request('PLAY'),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(read(chunks)).toEqual({
          seen: ['OPTIONS rtsp://h/x 7', '$1', 'GET_PARAMETER rtsp://h/x 7', 'PLAY rtsp://h/x 7'],
          faults: [],
        });
      }),
    );
  });

  it('are refused when they are something else or do not end', () => {
    expect(read([Buffer.from('GET / HTTP/1.1\r\n\r\n')]).faults).toEqual(['not a request of RTSP 1.0']);
    expect(read([Buffer.alloc(20_000, 0x41)]).faults).toEqual(['a head without end']);
    expect(read([Buffer.from('PLAY x RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n')]).faults).toEqual([
      'a body of unusable length',
    ]);
  });

  it('never throw, and are never more than one fault', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (chunks) => {
        expect(read(chunks.map((chunk) => Buffer.from(chunk))).faults.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
