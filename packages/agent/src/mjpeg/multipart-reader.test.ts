import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import { jpegHeader } from './jpeg-header.ts';
import { MultipartReader } from './multipart-reader.ts';

/** Not decodable, but framed as a picture: start, frame header of 640 × 480, a scan, end. */
function picture(noise: Uint8Array): Buffer {
  const header = [
    0xff,
    0xd8,
    0xff,
    0xc0,
    0,
    11,
    8,
    480 >> 8,
    480 & 255,
    640 >> 8,
    640 & 255,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
  ];
  // Within a scan 0xff is followed by a zero.
  return Buffer.from([...header, ...[...noise].map((byte) => (byte === 0xff ? 0xfe : byte)), 0xff, 0xd9]);
}

interface Quirks {
  readonly newline: string;
  readonly declared: string;
  readonly delimiter: string;
  readonly lengthError: number | undefined;
  readonly lineBeforeBoundary: boolean;
  readonly preamble: string;
}

function written(pictures: readonly Buffer[], quirks: Quirks): Buffer {
  const { newline, delimiter, lengthError, lineBeforeBoundary, preamble } = quirks;
  const chunks: Buffer[] = [Buffer.from(preamble)];
  for (const each of pictures) {
    const length = lengthError === undefined ? '' : `content-LENGTH: ${each.length + lengthError}${newline}`;
    chunks.push(Buffer.from(`${delimiter}${newline}Content-Type: image/jpeg${newline}${length}${newline}`));
    chunks.push(each, Buffer.from(lineBeforeBoundary ? newline : ''));
  }
  chunks.push(Buffer.from(`${delimiter}${newline}Content-Type: image/jpeg${newline}`));
  return Buffer.concat(chunks);
}

function read(contentType: string, bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const reader = new MultipartReader(contentType);
  const parts: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts.map((each) => each % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    reader.push(bytes.subarray(from, cut), (part) => parts.push(Buffer.from(part.body)));
    from = cut;
  }
  return parts;
}

const upToEnd = (part: Buffer): Buffer => part.subarray(0, part.indexOf(Buffer.from([0xff, 0xd9])) + 2);

describe('the parts of multipart/x-mixed-replace', () => {
  it('come out as they went in, whatever the quirks of the camera and wherever the network cuts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 }),
        fc.record({
          newline: fc.constantFrom('\r\n', '\n'),
          names: fc.constantFrom(
            { declared: 'boundary=frame', delimiter: '--frame' },
            { declared: 'boundary="a b=c"', delimiter: '--a b=c' },
            { declared: 'boundary=--myboundary', delimiter: '--myboundary' },
            { declared: 'boundary=--myboundary', delimiter: '----myboundary' },
            { declared: 'charset=x; Boundary = "--video boundary--"', delimiter: '--video boundary--' },
            { declared: '', delimiter: '--never-declared' },
          ),
          lengthError: fc.constantFrom(undefined, 0, -7, 9, 5_000),
          lineBeforeBoundary: fc.boolean(),
          preamble: fc.constantFrom('', '\r\n', 'a word before\r\n'),
        }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (noises, { names, ...quirks }, cuts) => {
          const pictures = noises.map(picture);
          const bytes = written(pictures, { ...quirks, ...names });
          const parts = read(`multipart/x-mixed-replace; ${names.declared}`, bytes, cuts);
          // A length that is too large by more than what follows keeps the last pictures back: their end is not known yet.
          if (quirks.lengthError === 5_000) return;
          expect(parts.map(upToEnd)).toEqual(pictures);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are found again after a length that reaches into the next parts', () => {
    const pictures = Array.from({ length: 60 }, (_, i) => picture(Uint8Array.from({ length: 200 }, () => i + 1)));
    const bytes = written(pictures, {
      newline: '\r\n',
      declared: '',
      delimiter: '--x',
      lengthError: 1_000,
      lineBeforeBoundary: true,
      preamble: '',
    });
    expect(read('multipart/x-mixed-replace; boundary=x', bytes, [500, 900, 5_000]).map(upToEnd)).toEqual(pictures);
  });

  it('end with the closing boundary', () => {
    const reader = new MultipartReader('multipart/x-mixed-replace;boundary=x');
    let parts = 0;
    reader.push(
      Buffer.concat([Buffer.from('--x\r\n\r\n'), picture(new Uint8Array(9)), Buffer.from('\r\n--x--')]),
      () => parts++,
    );
    expect([parts, reader.ended]).toEqual([1, true]);
  });

  it.each([
    ['a preamble without end', Buffer.alloc(80_000, 'a')],
    ['headers without end', Buffer.concat([Buffer.from('--x\r\n'), Buffer.alloc(9_000, 'a: b\r\n')])],
    ['a boundary line without end', Buffer.concat([Buffer.from('--x'), Buffer.alloc(400, 'y')])],
    ['an enormous length', Buffer.from('--x\r\nContent-Length: 99999999999\r\n\r\n')],
    ['an enormous part', Buffer.concat([Buffer.from('--x\r\n\r\n'), Buffer.alloc(17 * 1_024 * 1_024, 7)])],
  ])('%s ends in a classified fault', (_, bytes) => {
    const reader = new MultipartReader('multipart/x-mixed-replace; boundary=x');
    expect(() => reader.push(bytes, () => undefined)).toThrow(ProbeFault);
  });

  it('never throws anything but a ProbeFault, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (type, chunks) => {
        try {
          const reader = new MultipartReader(type);
          for (const chunk of chunks) reader.push(chunk, (part) => void jpegHeader(part.body));
        } catch (error) {
          expect(error).toBeInstanceOf(ProbeFault);
        }
      }),
    );
  });
});

describe('the header of a JPEG', () => {
  it('tells size and where the frame header begins, past comments that change with the clock', () => {
    const plain = picture(Uint8Array.of(1, 2, 3));
    const comment = Buffer.from([0xff, 0xfe, 0, 6, 1, 2, 3, 4]);
    const withComment = Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]);
    expect(jpegHeader(plain)).toEqual({ width: 640, height: 480, components: 1, frameOffset: 2 });
    expect(jpegHeader(withComment)).toMatchObject({ width: 640, frameOffset: 10 });
  });

  it('is absent in what is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void jpegHeader(bytes)));
    expect(jpegHeader(Buffer.from('GIF89a'))).toBeUndefined();
    expect(jpegHeader(Buffer.from([0xff, 0xd8, 0xff]))).toBeUndefined();
  });
});
