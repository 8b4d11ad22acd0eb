import { KEY, PICTURE, type PayloadReader } from './payload.ts';

/** MPEG-4 Visual (RFC 6416): vop_coding_type follows the start code 00 00 01 B6. */
export function createMpeg4Payload(): PayloadReader {
  return {
    read(bytes, from, to) {
      // The picture's start code stands at the beginning, or behind headers in the same packet.
      const end = Math.min(to - 4, from + 256);
      for (let at = from; at < end; at++) {
        if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1 && bytes[at + 3] === 0xb6) {
          return PICTURE | ((bytes[at + 4] as number) >> 6 === 0 ? KEY : 0);
        }
      }
      return to > from ? PICTURE : 0;
    },
  };
}

/** AV1 (RTP payload format of the Alliance for Open Media, 4.4): the N bit begins a coded video sequence. */
export function createAv1Payload(): PayloadReader {
  return {
    read(bytes, from, to) {
      if (to - from < 2) return 0;
      return PICTURE | (((bytes[from] as number) & 8) === 0 ? 0 : KEY);
    },
  };
}

/** An encoding whose pictures are not told apart: everything is picture, nothing is known to be a key frame. */
export function createOpaquePayload(): PayloadReader {
  return {
    read(_bytes, from, to) {
      return to > from ? PICTURE : 0;
    },
  };
}
