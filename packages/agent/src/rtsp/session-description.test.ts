import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingOf, parseSessionDescription } from './session-description.ts';

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/);
const control = fc.stringMatching(/^[A-Za-z0-9_=./-]{1,20}$/);
const medium = fc.record({
  kind: fc.constantFrom('video', 'audio', 'application'),
  port: fc.integer({ min: 0, max: 65_535 }),
  type: fc.integer({ min: 96, max: 127 }),
  encoding: word,
  clockRate: fc.constantFrom(8_000, 48_000, 90_000),
  control,
  framerate: fc.option(fc.integer({ min: 1, max: 240 }), { nil: undefined }),
  format: fc.uniqueArray(fc.tuple(word, control), { maxLength: 5, selector: ([name]) => name.toLowerCase() }),
});

describe('session descriptions', () => {
  it('are read as they were written, whatever the line ends', () => {
    fc.assert(
      fc.property(
        fc.array(medium, { maxLength: 6 }),
        fc.constantFrom('\r\n', '\n'),
        control,
        (media, newline, session) => {
          const lines = ['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=x', `a=control:${session}`];
          for (const each of media) {
            lines.push(
              `m=${each.kind} ${each.port} RTP/AVP ${each.type}`,
              `a=rtpmap:${each.type} ${each.encoding}/${each.clockRate}`,
            );
            lines.push(`a=fmtp:${each.type} ${each.format.map(([name, value]) => `${name}=${value}`).join('; ')}`);
            lines.push(`a=control:${each.control}`);
            if (each.framerate !== undefined) lines.push(`a=framerate:${each.framerate}.0`);
          }
          const read = parseSessionDescription(lines.join(newline));
          expect(read?.control).toBe(session);
          expect(read?.media).toHaveLength(media.length);
          for (const [i, each] of media.entries()) {
            const found = read?.media[i];
            expect(found).toMatchObject({
              kind: each.kind,
              port: each.port,
              payloadTypes: [each.type],
              control: each.control,
            });
            expect(found?.framerate).toBe(each.framerate);
            expect(found && encodingOf(found, each.type)).toEqual({
              name: each.encoding.toUpperCase(),
              clockRate: each.clockRate,
            });
            expect([...(found?.formats.get(each.type) ?? [])]).toEqual(
              each.format.map(([name, value]) => [name.toLowerCase(), value]),
            );
          }
        },
      ),
    );
  });

  it('of any text are read without an error and within the bounds', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc
        .tuple(
          fc.constantFrom('m=', 'a=rtpmap:', 'a=fmtp:96 ', 'a=control:', 'a=framerate:', 'a=cliprect:', 'v='),
          fc.string(),
        )
        .map(([head, tail]) => head + tail),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200 }), (lines) => {
        const read = parseSessionDescription(lines.join('\n'));
        expect(read?.media.length ?? 0).toBeLessThanOrEqual(32);
      }),
    );
  });

  it('understand what needs no map, sizes and rates as cameras write them, and what is no description at all', () => {
    const read = parseSessionDescription(
      'v=0\nm=video 0 RTP/AVP 26\na=cliprect:0,0,576,704\na=framerate:12.5\nm=video 0 RTP/AVP 96\na=x-dimensions: 1920, 1080\nm=video 0 RTP/AVP 97\na=framesize:97 640-480\n',
    );
    expect(read?.media[0]).toMatchObject({ size: { width: 704, height: 576 }, framerate: 12.5 });
    expect(read?.media[0] && encodingOf(read.media[0], 26)).toEqual({ name: 'JPEG', clockRate: 90_000 });
    expect(read?.media[1]?.size).toEqual({ width: 1_920, height: 1_080 });
    expect(read?.media[2]?.size).toEqual({ width: 640, height: 480 });
    expect(parseSessionDescription('<html>')).toBeUndefined();
  });
});
