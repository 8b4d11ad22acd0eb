import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { durationMs } from './config-schema.ts';
import { checkSource, problemsOf, readYaml } from './yaml-source.ts';

const schema = z.strictObject({
  jobs: z.array(z.strictObject({ job_name: z.string(), scrape_interval: durationMs.prefault('15s') })).default([]),
});

function problems(
  text: string,
): readonly { line: number; column: number; path: string; message: string; remedy?: string }[] {
  try {
    for (const source of readYaml(text, 'vedette.yaml')) checkSource(source, schema);
  } catch (error) {
    return problemsOf(error);
  }
  return [];
}

describe('values as Prometheus’s YAML reader takes them', () => {
  const lenient = z.strictObject({
    texts: z.array(z.string()).default([]),
    password: z.string().optional(),
    flag: z.boolean().default(false),
    section: z.strictObject({ name: z.string() }).optional(),
  });
  const read = (text: string): unknown => {
    const [source] = readYaml(text, 'a.yml');
    return source && checkSource(source, lenient);
  };

  it('where a text is wanted, a number is the text as written', () => {
    expect(read('password: 0123\ntexts: [1.10, true, 1e3, ~x]')).toEqual({
      password: '0123',
      texts: ['1.10', 'true', '1e3', '~x'],
      flag: false,
    });
  });

  it('a key without a value is not there, and plain yes and off are booleans', () => {
    expect(read('password:\nsection:\nflag: yes')).toEqual({ texts: [], flag: true });
    expect(read('flag: Off')).toEqual({ texts: [], flag: false });
    expect(() => read('flag: "yes"')).toThrow(/flag: must be true or false/);
  });

  it('what must be there must have a value, and lists have no empty places', () => {
    expect(() => read('section: { name: }')).toThrow(/section\.name: is missing/);
    expect(() => read('texts: [~]')).toThrow(/texts\[0\]: must be a text, not nothing/);
    expect(() => read('password: [1]')).toThrow(/password: must be a text, not a list/);
  });
});

describe('!!binary', () => {
  it('is a text; bytes that are no UTF-8 were read as a replacement character', () => {
    const [source] = readYaml('!!binary "Y2Ft": !!binary |\n  w6k=\n', 'a.yml');
    expect(source?.toJS()).toEqual({ cam: 'é' });
    expect(() => readYaml('a: 1\n!!binary "/w==": value\n', 'a.yml')).toThrow(/^a\.yml:2:\d+: .*not UTF-8/);
  });
});

describe('YAML with positions', () => {
  it('an unknown key is shown where it stands, with the key that was meant', () => {
    const [problem] = problems('jobs:\n  - job_name: a\n    scrape_intervall: 5s\n');
    expect(problem).toMatchObject({
      line: 3,
      column: 5,
      path: 'jobs[0].scrape_intervall',
      remedy: 'did you mean "scrape_interval"?',
    });
  });

  it('a misspelt key is one fault, not also the absence of the right one', () => {
    const faults = problems('jobs:\n  - job_nam: a\n');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ line: 2, remedy: 'did you mean "job_name"?' });
  });

  it('a wrong value is shown at its key', () => {
    const [problem] = problems('jobs:\n  - job_name: a\n    scrape_interval: soon\n');
    expect(problem).toMatchObject({ line: 3, column: 5, path: 'jobs[0].scrape_interval' });
    expect(problem?.message).toContain('15s');
  });

  it('a missing key is shown at the object that lacks it', () => {
    expect(problems('jobs:\n  - scrape_interval: 5s\n')[0]).toMatchObject({
      line: 2,
      path: 'jobs[0].job_name',
      message: 'is missing; it must be a text',
    });
  });

  it('a list where a mapping belongs is called so', () => {
    expect(problems('- job_name: a\n')[0]).toMatchObject({
      line: 1,
      message: 'must be a mapping (key: value), not a list (- item)',
    });
  });

  it('all faults of a file are told at once', () => {
    expect(problems('jobs:\n  - job_name: [7]\n  - job_name: b\n    x: 1\n')).toHaveLength(2);
  });

  it('syntax errors name line and column', () => {
    expect(problems('jobs:\n\t- a\n')[0]).toMatchObject({ line: 2 });
    expect(problems('a: 1\na: 2\n')[0]).toMatchObject({ line: 2, remedy: 'keep one of the two' });
  });

  it('a file that nests without end is refused before it can exhaust the stack', () => {
    expect(() => readYaml('['.repeat(5_000), 'deep.yaml')).toThrow(/deep\.yaml:1:\d+: .*200 levels/);
  });

  it('a file that expands aliases without end is refused', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]`),
    ].join('\n');
    expect(() => readYaml(bomb, 'bomb.yaml').map((source) => source.toJS())).toThrow(/bomb\.yaml:1:1: .*alias/);
  });
});
