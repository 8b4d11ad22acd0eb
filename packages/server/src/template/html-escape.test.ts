import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertmanagerHtmlFunctions } from './alertmanager-functions.ts';
import { HtmlForm } from './html-escape.ts';
import { TemplateSet } from './template-set.ts';
import { TemplateMap } from './values.ts';

const set = new TemplateSet({ functions: alertmanagerHtmlFunctions() });
set.add(
  'parts',
  '{{ define "cell" }}<td>{{ . }}</td>{{ end }}{{ define "link" }}http://watch/?q={{ . | urlquery }}{{ end }}',
);
const run = (text: string, x = '<b>"x"</b>'): string =>
  set.expand(text, TemplateMap.ofStrings([['x', x]]), { form: new HtmlForm() });

describe('a value in HTML', () => {
  it.each([
    ['{{ .x }}', '<b>"x"</b>', '&lt;b&gt;&#34;x&#34;&lt;/b&gt;'],
    ['{{ safeHtml .x }}', '<b>x</b>', '<b>x</b>'],
    ['{{ .x | html }}', '<b>', '&lt;b&gt;'],
    ['<p title="{{ .x }}">', '"><script>', '<p title="&#34;&gt;&lt;script&gt;">'],
    ["<p title='{{ .x }}'>", "'x", "<p title='&#39;x'>"],
    ['<p title={{ .x }}>', 'a b>c', '<p title=a&#32;b&gt;c>'],
    ['<p title={{ .x }} id=1>', '', '<p title=ZgotmplZ id=1>'],
    ['<p title="{{ safeHtml .x }}">', '<b>a &amp; b</b>', '<p title="a &amp; b">'],
    ['<a href="{{ .x }}">', 'javascript:alert(1)', '<a href="#ZgotmplZ">'],
    ['<a href=" {{ .x }}">', 'JaVaScript:alert(1)', '<a href=" #ZgotmplZ">'],
    ['<a href="{{ .x }}">', 'https://a/b?c=d&e=ä', '<a href="https://a/b?c=d&amp;e=%c3%a4">'],
    ['<a href="{{ .x }}">', '/a:b', '<a href="/a:b">'],
    ['<a href="{{ safeUrl .x }}">', 'tel:123', '<a href="tel:123">'],
    ['<a href="/search?{{ .x }}">', 'q=test%20foo', '<a href="/search?q%3dtest%2520foo">'],
    ['<a href="/search?{{ .x | safeUrl }}">', 'q=test%20foo', '<a href="/search?q=test%20foo">'],
    ['<a href="/x?r={{ .x | urlquery }}">', 'a b', '<a href="/x?r=a&#43;b">'],
    ['<a href="{{ template "link" .x }}">', 'a&b', '<a href="http://watch/?q=a%26b">'],
    ['<img srcset="{{ .x }}">', 'a.png', '<img srcset="ZgotmplZ">'],
    ['<p style="color:{{ .x }}">', 'red', '<p style="color:red">'],
    ['<p style="color:{{ .x }}">', 'red;background:url(http://evil)', '<p style="color:ZgotmplZ">'],
    [
      '<style>p{color:{{ .x }}}</style>{{ .x }}',
      '</style><b>',
      '<style>p{color:ZgotmplZ}</style>&lt;/style&gt;&lt;b&gt;',
    ],
    ['<title>{{ .x }}</title>{{ .x }}', '</title><b>', '<title>&lt;/title&gt;&lt;b&gt;</title>&lt;/title&gt;&lt;b&gt;'],
    ['a<!-- {{ .x }} -->b', '--><b>', 'ab'],
    ['<{{ .x }}>', 'script', '&lt;script>'],
    ['<im{{ .x }}>', 'g onerror=x', '<imZgotmplZ>'],
    ['<p {{ .x }}="1">', 'onclick', '<p ZgotmplZ="1">'],
    ['<p {{ .x }}="1">', 'title', '<p title="1">'],
    ['<table>{{ template "cell" .x }}</table>', '<i>', '<table><td>&lt;i&gt;</td></table>'],
    ['{{ if .nope }}{{ else }}<b>{{ end }}{{ .nope }}', '', '<b>'],
    ['<br/>{{ .x }}<hr />{{ .x }}', '&', '<br/>&amp;<hr />&amp;'],
    ['<a data-x=1 href = "{{ .x }}">', 'vbscript:x', '<a data-x=1 href = "#ZgotmplZ">'],
  ])('%s with %s', (text, value, expected) => {
    expect(run(text, value).replaceAll('+', '&#43;')).toBe(expected);
  });

  it.each(['<script>var x = {{ .x }}</script>', '<p onclick="f({{ .x }})">', '<p onclick={{ .x }}>'])(
    'has no place in a script: %s',
    (text) => {
      expect(() => run(text)).toThrow(/script/);
    },
  );

  const places = [
    'A{{ .x }}Z',
    '<p title="{{ .x }}">Z',
    "<p title='{{ .x }}'>Z",
    '<p title={{ .x }} >Z',
    '<a href="{{ .x }}">Z',
    '<a href="/a?b={{ .x }}">Z',
    '<p style="color: {{ .x }}">Z',
    '<title>{{ .x }}</title>Z',
    '<style>{{ .x }}</style>Z',
    '<{{ .x }} >Z',
    '<p {{ .x }} >Z',
    'a<!-- {{ .x }} -->Z',
    '<p {{ .x }}="{{ .x }}" >Z',
  ];

  it('whatever it is, there are as many tags and quotes as without it', () => {
    const unit = fc.constantFrom(...'<>"\'`=/!-& \t\nabonjscript:;{}()%?#\0é');
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ unit, maxLength: 30 }), (place, value) => {
        const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
        const plain = run(place, 'a');
        const made = run(place, value);
        for (const pattern of [/</g, />/g, /"/g, /'/g]) expect(count(made, pattern)).toBe(count(plain, pattern));
        expect(made).not.toMatch(/(?:href=.\s*|[\s"])javascript:/i);
        expect(made.endsWith('Z')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a template of any shape ends, whatever stands in it', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      ' ',
      '-',
      '!',
      'a',
      'script',
      'style',
      '<!--',
      '-->',
      '{{ .x }}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          return run(pieces.join('')).length >= 0;
        } catch (error) {
          return String(error).includes('script');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
