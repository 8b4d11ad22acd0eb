import { describe, expect, it } from 'vitest';
import { fieldSelectorFault, labelSelectorFault } from './selector-syntax.ts';

describe('selectors', () => {
  it.each([
    '',
    'a',
    '!a',
    'a=b',
    'a==b',
    'a != b',
    'a=',
    'app.kubernetes.io/name=decoder, tier in (gold, silver),x notin (y),!z',
    'a in (b,)',
    'a>1',
    'n < -3',
  ])('the label selector %j is right', (text) => {
    expect(labelSelectorFault(text)).toBeUndefined();
  });

  it.each(['-a', 'a=b=c', 'a in b', 'a=b c', 'a,', 'a/b/c=d', '!a=b', 'a in (b', 'a>x', `${'x'.repeat(64)}=b`, 'Ä=b'])(
    'the label selector %j is wrong',
    (text) => {
      expect(labelSelectorFault(text)).toMatch(/^".*" (is not a label selector|does not begin)/s);
    },
  );

  it('field selectors compare', () => {
    expect(fieldSelectorFault('a=b,c!=d,e==f,')).toBeUndefined();
    expect(fieldSelectorFault('a=b\\,c')).toBeUndefined();
    expect(fieldSelectorFault('a')).toMatch(/^"a" is not a field selector/);
    expect(fieldSelectorFault('a>b')).toMatch(/is not a field selector/);
  });
});
