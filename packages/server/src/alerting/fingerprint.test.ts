import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { fingerprint } from './fingerprint.ts';

/** The definition, digit by digit. Source: draft-eastlake-fnv. */
function slowFingerprint(labels: Labels): string {
  let hash = 14_695_981_039_346_656_037n;
  const add = (byte: bigint): void => {
    hash = BigInt.asUintN(64, (hash ^ byte) * 1_099_511_628_211n);
  };
  for (const part of labels.pairs) {
    for (const byte of Buffer.from(part, 'utf8')) add(BigInt(byte));
    add(0xffn);
  }
  return hash.toString(16).padStart(16, '0');
}

describe('fingerprint', () => {
  it('is the FNV-1a hash with 64 bits of any label set', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.dictionary(text, text), (object) => {
        const labels = Labels.fromObject(object);
        expect(fingerprint(labels)).toBe(slowFingerprint(labels));
      }),
      { numRuns: 500 },
    );
  });

  it('of no labels is the empty hash', () => {
    expect(fingerprint(Labels.EMPTY)).toBe('cbf29ce484222325');
  });
});
