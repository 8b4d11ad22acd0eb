/**
 * No two pictures of a real sensor are the same to the last bit; a clip that loops would be, and would rightly be taken for a frozen
 * picture. So pictures that show something living differ by a number of `cabac_zero_words` behind their last slice, which decoders pass
 * over (ITU-T H.264 7.3.2.10 and 7.4.2.10, H.265 7.3.2.11): sizes and hashes vary as with noise.
 */
const ZERO_WORD_BYTES = 3;
export const NOISE_WORDS_MAX = 33;
/** Room that they need behind a slice. */
export const NOISE_BYTES_MAX = NOISE_WORDS_MAX * ZERO_WORD_BYTES;
/** Of the picture's own size. */
const NOISE_SHARE = 0.08;

/** With the emulation prevention byte that keeps a unit from ending in zeros. */
const WORDS = Buffer.from('000003'.repeat(NOISE_WORDS_MAX), 'hex');

/** The bytes behind the last slice of a picture of `sizeBytes`; `chance` is 0 to 1, another for each picture. */
export function noiseBytes(sizeBytes: number, chance: number): Buffer {
  const most = Math.min(NOISE_WORDS_MAX, 1 + Math.floor((sizeBytes * NOISE_SHARE) / ZERO_WORD_BYTES));
  return WORDS.subarray(0, ZERO_WORD_BYTES * Math.floor(chance * (most + 1)));
}
