import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from './labels.ts';

const entries = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { selector: ([name]) => name });

describe('Labels', () => {
  it('order of the entries makes no difference to identity', () => {
    fc.assert(
      fc.property(entries, (pairs) => {
        expect(Labels.fromEntries(pairs.toReversed()).key).toBe(Labels.fromEntries(pairs).key);
      }),
    );
  });

  it('different sets have different keys', () => {
    expect(Labels.fromObject({ a: 'bc' }).key).not.toBe(Labels.fromObject({ ab: 'c' }).key);
    expect(Labels.fromObject({ a: 'x', b: 'y' }).equals(Labels.fromObject({ a: 'x', b: 'z' }))).toBe(false);
  });

  it('an empty value is no label', () => {
    const labels = Labels.fromObject({ __name__: 'up', job: '' });
    expect(labels.size).toBe(1);
    expect(labels.get('job')).toBe('');
    expect(labels.with('__name__', '')).toEqual(Labels.EMPTY);
  });

  it('with, without and only make new sets and leave the old one alone', () => {
    const labels = Labels.fromObject({ __name__: 'up', job: 'node', site: 'north' });
    expect(labels.with('job', 'gpu').get('job')).toBe('gpu');
    expect(labels.without('__name__', 'site').toObject()).toEqual({ job: 'node' });
    expect(labels.only('site').toObject()).toEqual({ site: 'north' });
    expect(labels.get('job')).toBe('node');
  });

  it('a label called __proto__ is a label like any other', () => {
    const object = Labels.fromEntries([['__proto__', 'x']]).toObject();
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('is written as PromQL writes it', () => {
    expect(Labels.fromObject({ __name__: 'up', job: 'a"b' }).toString()).toBe(String.raw`up{job="a\"b"}`);
    expect(Labels.fromObject({ __name__: 'up' }).toString()).toBe('up');
    expect(Labels.EMPTY.toString()).toBe('{}');
  });
});
