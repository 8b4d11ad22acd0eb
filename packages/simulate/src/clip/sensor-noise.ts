/**
 * No two pictures of a real sensor are the same to the last bit; a clip that loops would be, and would rightly be taken for a frozen
 * picture. So pictures that show something living differ by a number of `cabac_zero_words` behind their last slice, which decoders pass
 * over (ITU-T H.264 7.3.2.10 and 7.4.2.10, H.265 7.3.2.11): sizes and hashes vary as with noise.
 */
const ZERO_WORD_BYTES = 3;
export const NOISE_WORDS_MAX = 33;
/** Room that they need behind a slice. */
export const NOISE_BYTES_MAX = NOISE_WORDS_MAX * ZERO_WORD_BYTES;
const DARK_WORDS_MIN = 20;
/** Of the picture's own size. */
const NOISE_SHARE = 0.08;

/** With the emulation prevention byte that keeps a unit from ending in zeros. */
const WORDS = Buffer.from('000003'.repeat(NOISE_WORDS_MAX), 'hex');

/** A hanging sensor has none; without light the amplifier is turned up, and there is more of it than of picture. */
export type SensorNoise = 'none' | 'light' | 'dark';

/** The bytes behind the last slice of a picture of `sizeBytes`; `chance` is 0 to 1, another for each picture. */
export function noiseBytes(noise: SensorNoise, sizeBytes: number, chance: number): Buffer {
  if (noise === 'none') return WORDS.subarray(0, 0);
  if (noise === 'dark') {
    return WORDS.subarray(
      0,
      ZERO_WORD_BYTES * (DARK_WORDS_MIN + Math.floor(chance * (NOISE_WORDS_MAX - DARK_WORDS_MIN + 1))),
    );
  }
  const most = Math.min(NOISE_WORDS_MAX, 1 + Math.floor((sizeBytes * NOISE_SHARE) / ZERO_WORD_BYTES));
  return WORDS.subarray(0, ZERO_WORD_BYTES * Math.floor(chance * (most + 1)));
}
