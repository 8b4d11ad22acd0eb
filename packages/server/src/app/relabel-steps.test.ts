import { describe, expect, it } from 'vitest';
import { relabelConfigs } from '../metrics/relabel/index.ts';
import { Labels } from '../model/labels.ts';
import { relabelSteps } from './relabel-steps.ts';

const rules = relabelConfigs.parse([
  { source_labels: ['__address__'], target_label: 'copy' },
  { source_labels: ['copy'], regex: 'gone.*', action: 'drop' },
  { source_labels: ['copy'], target_label: 'again' },
]);

const steps = (address: string): unknown =>
  relabelSteps(rules, Labels.fromObject({ __address__: address })).map(({ rule, output, keep }) => [
    (rule as { readonly action: string }).action,
    output.toObject(),
    keep,
  ]);

describe('the steps of relabelling', () => {
  it('show what each rule does', () => {
    expect(steps('a:1')).toEqual([
      ['replace', { __address__: 'a:1', copy: 'a:1' }, true],
      ['drop', { __address__: 'a:1', copy: 'a:1' }, true],
      ['replace', { __address__: 'a:1', copy: 'a:1', again: 'a:1' }, true],
    ]);
  });

  it('end with the rule that drops the target', () => {
    expect(steps('gone:1')).toEqual([
      ['replace', { __address__: 'gone:1', copy: 'gone:1' }, true],
      ['drop', {}, false],
      ['replace', {}, false],
    ]);
  });
});
