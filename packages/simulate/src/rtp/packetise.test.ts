import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadClips } from '../clip/clips.ts';
import { packetiseClip, packetiseUnit } from './packetise.ts';

/** What a receiver does (RFC 6184 5.8, RFC 7798 4.4.3): puts fragments together again. */
function reassemble(codec: 'h264' | 'h265', packets: readonly Buffer[]): Buffer[] {
  const units: Buffer[] = [];
  let parts: Buffer[] = [];
  for (const packet of packets) {
    const [first = 0, second = 0, third = 0] = packet;
    const type = codec === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
    if (type !== (codec === 'h264' ? 28 : 49)) {
      units.push(packet);
      continue;
    }
    const header = codec === 'h264' ? second : third;
    if ((header & 0x80) !== 0) {
      parts = [
        codec === 'h264'
          ? Buffer.from([(first & 0xe0) | (header & 0x1f)])
          : Buffer.from([(first & 0x81) | ((header & 0x3f) << 1), second]),
      ];
    }
    parts.push(packet.subarray(codec === 'h264' ? 2 : 3));
    if ((header & 0x40) !== 0) units.push(Buffer.concat(parts));
  }
  return units;
}

describe('packets of a unit', () => {
  it.each(['h264', 'h265'] as const)('carry every unit of %s whole, and none is too long', (codec) => {
    const types = codec === 'h264' ? fc.constantFrom(1, 5) : fc.constantFrom(1, 19, 21);
    fc.assert(
      fc.property(
        types,
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.integer({ min: 10, max: 120 }),
        (type, body, max) => {
          const unit = Buffer.concat([
            codec === 'h264' ? Buffer.from([0x60 | type]) : Buffer.from([type << 1, 1]),
            body,
          ]);
          const packets = packetiseUnit(codec, unit, max);
          expect(packets.every((packet) => packet.length <= max)).toBe(true);
          expect(reassemble(codec, packets)).toEqual([unit]);
        },
      ),
    );
  });

  it('bring the parameter sets before every key frame, in one packet', () => {
    const clip = loadClips().video('h264', 'street');
    const [first] = packetiseClip(clip);
    const [sets] = first ?? [];
    expect((sets?.[0] ?? 0) & 0x1f).toBe(24);
    const bytes = clip.parameterSets.reduce((sum, unit) => sum + 2 + unit.length, 1);
    expect(sets?.length).toBe(bytes);
  });
});
