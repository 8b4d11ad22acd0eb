import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filledStructure } from './filled-structure.ts';

const same = (text: string): string => text;

it.each([
  ['[1, {"a": null}]', [1, { a: null }]],
  ['{"a": "b"}', { a: 'b' }],
  ['12', 12],
  ['-1.5', -1.5],
  ['true', true],
  ['null', null],
  ['007', '007'],
  ['1e3', '1e3'],
  ['12345678901234567890', '12345678901234567890'],
  ['a: b', 'a: b'],
  ['[broken', '[broken'],
  ['', ''],
  ['truely', 'truely'],
])('%s comes out as %j', (text, expected) => {
  expect(filledStructure(text, same)).toEqual(expected);
});

it('what comes out is not filled in again', () => {
  const calls: string[] = [];
  const once = (text: string): string => {
    calls.push(text);
    return '{"x": "{{ again }}"}';
  };
  expect(filledStructure({ key: 'value' }, (text) => (text === 'key' ? text : once(text)))).toEqual({
    key: { x: '{{ again }}' },
  });
  expect(calls).toEqual(['value']);
});

it('everything that JSON can hold goes through, and depth is bounded', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => JSON.stringify(filledStructure(value, same)) !== ''));
  const deep = JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown;
  expect(() => filledStructure(deep, same)).toThrow('nested deeper');
});
