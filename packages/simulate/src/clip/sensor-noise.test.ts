import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOISE_BYTES_MAX, noiseBytes } from './sensor-noise.ts';

describe('noise behind a slice', () => {
  it('is whole words that decoders pass over, never more than there is room for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('light', 'dark', 'none'),
        fc.nat(1e6),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (noise, size, chance) => {
          const bytes = noiseBytes(noise, size, chance);
          expect(bytes.length).toBeLessThanOrEqual(NOISE_BYTES_MAX);
          expect(bytes.toString('hex').replaceAll('000003', '')).toBe('');
          if (noise === 'none') expect(bytes).toHaveLength(0);
          if (noise === 'dark') expect(bytes.length).toBeGreaterThan(50);
        },
      ),
    );
  });
});
