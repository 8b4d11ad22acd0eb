import { describe, expect, it } from 'vitest';
import { BUILTINS, type TemplateFunction, TemplateList, TemplateMap, TemplateRecord, TemplateSet } from './index.ts';

function setOf(files: Readonly<Record<string, string>>): TemplateSet {
  const set = new TemplateSet({ functions: BUILTINS });
  for (const [name, text] of Object.entries(files)) set.add(name, text);
  return set;
}

describe('a set of template files', () => {
  const set = setOf({
    'title.tmpl': '{{ define "title" }}[{{ template "who" . }}]{{ end }}',
    'who.tmpl': '{{ define "who" }}{{ . }} of the north{{ end }}\nfile',
  });

  it('calls across files, whichever was read first', () => {
    expect(set.execute('title', 'gate')).toBe('[gate of the north]');
    expect(set.expand('{{ template "title" "roof" }}!', undefined)).toBe('[roof of the north]!');
  });

  it('has each file as a template of its name', () => {
    expect(set.execute('who.tmpl', undefined)).toBe('\nfile');
    expect(set.names).toEqual(['title', 'title.tmpl', 'who', 'who.tmpl']);
  });

  it('lets later files and the text itself replace a definition, but not with nothing', () => {
    const files = {
      a: '{{ define "x" }}one{{ end }}',
      b: '{{ define "x" }}two{{ end }}',
      c: '{{ define "x" }} {{ end }}',
    };
    expect(setOf(files).execute('x', undefined)).toBe('two');
    expect(setOf(files).expand('{{ define "x" }}own{{ end }}{{ template "x" }}', undefined)).toBe('own');
    const kept = setOf(files);
    kept.expand('{{ define "x" }}own{{ end }}', undefined);
    expect(kept.execute('x', undefined)).toBe('two');
  });

  it('names the file of a fault, while parsing and while running', () => {
    expect(() => setOf({ 'a.tmpl': 'x\n {{ nope }}' })).toThrow('template a.tmpl:2:5: function "nope" not defined');
    const failing = setOf({ 'a.tmpl': '{{ define "bad" }}\n{{ index . 3 }}{{ end }}' });
    expect(() => failing.expand('{{ template "bad" . }}', 'x')).toThrow(/^template a\.tmpl:2:\d+: error calling index/);
    expect(() => failing.expand('{{ template "absent" }}', 'x')).toThrow('template 1:4: template "absent" not defined');
    expect(() => failing.execute('absent', 'x')).toThrow('"absent" not defined');
    // The place is the caller's again once the called template has ended.
    const fine = setOf({ 'a.tmpl': '\n\n{{ define "ok" }}{{ end }}' });
    expect(() => fine.expand('{{ template "ok" }}{{ index . 3 }}', 'x')).toThrow(/^template 1:\d+: error calling/);
  });

  it('ends templates that call each other without end', () => {
    const files = {
      a: '{{ define "a" }}{{ template "b" }}{{ end }}',
      b: '{{ define "b" }}{{ template "a" }}{{ end }}',
    };
    expect(() => setOf(files).execute('a', undefined)).toThrow('deeper than 64 levels');
  });
});

describe('methods', () => {
  const list = new TemplateList(['b', 'a'], {
    typeName: 'demo.List',
    methods: new Map<string, TemplateFunction>([
      ['First', () => 'b'],
      ['At', ([i]) => ['b', 'a'][Number(i)]],
    ]),
  });
  const data = new TemplateRecord('demo.Data', {
    List: list,
    Map: new TemplateMap(new Map([['k', 'v']]), {
      missing: '',
      methods: new Map<string, TemplateFunction>([['Pairs', () => new TemplateList(['k=v'])]]),
    }),
  });
  it.each([
    ['{{ .List.First }} {{ .List.At 1 }}', 'b a'],
    ['{{ range $i, $x := .List }}{{ $i }}{{ $x }} {{ end }}{{ len .List }} {{ index .List 1 }}', '0b 1a 2 a'],
    [
      '{{ if .List }}{{ .List }} {{ printf "%T" .List }} {{ printf "%T" (slice .List 1) }}{{ end }}',
      '[b a] demo.List []string',
    ],
    ['{{ range .Map.Pairs }}{{ . }}{{ end }} {{ .Map.k }}', 'k=v v'],
  ])('%s', (text, expected) => {
    const set = new TemplateSet({ functions: BUILTINS });
    expect(set.expand(text, data)).toBe(expected);
  });

  it('a list has no fields', () => {
    expect(() => new TemplateSet({ functions: BUILTINS }).expand('{{ .List.Second }}', data)).toThrow(
      "can't evaluate field Second in type demo.List",
    );
  });
});
