import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { nalRole, splitAnnexB } from './nal-units.ts';
import { noiseUnit } from './sensor-noise.ts';

describe('a unit of noise', () => {
  it('is one unit that is neither a picture nor a parameter set, says its own length, and is never the same', () => {
    fc.assert(
      fc.property(fc.constantFrom('h264', 'h265'), fc.nat(), (codec, seed) => {
        const random = new Random(seed);
        const units = Array.from({ length: 20 }, () => noiseUnit(codec, () => random.next()));
        expect(new Set(units.map((unit) => unit.toString('hex'))).size).toBe(20);
        for (const unit of units) {
          expect(splitAnnexB(Buffer.concat([Buffer.from([0, 0, 1]), unit]))).toEqual([unit]);
          expect(nalRole(codec, unit)).toBe('other');
          const header = codec === 'h264' ? 1 : 2;
          // Type, size, as much as it says, and the trailing bits.
          expect(unit[header]).toBe(5);
          expect(unit.length).toBe(header + 2 + (unit[header + 1] ?? 0) + 1);
        }
      }),
    );
  });
});
